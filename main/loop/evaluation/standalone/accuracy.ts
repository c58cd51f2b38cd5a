import { deriveSeed } from '../../../common/random.ts'
import { LaurelError } from '../../../shared/errors.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { AccuracySettings } from '../../../shared/evaluation-settings.ts'
import { generateMissing } from '../../generate-texts.ts'
import { storedRecipe } from '../../recipe/stored-recipe.ts'
import { answerValue, doneUnits, keepUnit, leaveUnitOut, leftOutFigure, missingAt, type StandaloneContext } from './suite-units.ts'

/** Checks a model's answers with a program, for tasks that a program can grade. Each figure is named after its check. */
export async function measureAccuracy(context: StandaloneContext, { model, runId, seed }: AccuracySettings): Promise<Figures> {
  const { store, suiteId } = context
  const checkers = context.checkersOf(storedRecipe(store.runs.resolve(runId)))
  if (checkers.length === 0) {
    throw new LaurelError('UNSUPPORTED', "This run's tasks can't be graded by a program.", 'Compare models with a judge instead.')
  }
  store.suites.setTotal(
    suiteId,
    checkers.reduce((sum, { prompts }) => sum + prompts.length, 0),
  )
  const result: Record<string, number | null> = {}
  for (const { name, prompts, sampling, measure } of checkers) {
    const missing = missingAt(doneUnits(context, name, answerValue), 1)
    await generateMissing(context, {
      ...{ model: model.path, sampling },
      rows: prompts.map((prompt, position) => ({
        ...{ position, input: { prompt }, missing: missing(position) },
        seeds: [deriveSeed(seed, 'check', name, position)],
      })),
      keep: ({ position }, { text, finishReason }) => keepUnit(context, name, position, 0, { text, finishReason }),
      leaveOut: ({ position }, reason) => leaveUnitOut(context, name, position, reason),
    })
    const { left_out } = leftOutFigure(context, [name], prompts.length)
    if (left_out !== undefined) result[`${name}/left_out`] = left_out
    const answers = doneUnits(context, name, answerValue).map(({ position, text, finishReason }) => ({
      prompt: prompts[position],
      text,
      finishReason,
    }))
    for (const [figure, value] of Object.entries(measure(answers))) result[`${name}/${figure}`] = value
  }
  return result
}
