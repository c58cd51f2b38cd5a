import { deriveSeed } from '../../../common/random.ts'
import { LaurelError } from '../../../shared/errors.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { AccuracySettings } from '../../../shared/evaluation-settings.ts'
import { storedRecipe } from '../../recipe/stored-recipe.ts'
import { generateMissing } from '../../stage-work.ts'
import { answerValue, doneUnits, leftOutFigure, type StandaloneContext, suiteUnits } from './suite-units.ts'

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
    const units = suiteUnits(context, name, answerValue, {
      rows: prompts.map((prompt, position) => ({ position, prompt })),
      samples: 1,
      seed: ({ position }) => deriveSeed(seed, 'check', name, position),
    })
    await generateMissing(context, units, {
      model: model.path,
      sampling,
      input: ({ prompt }) => ({ prompt }),
      read: (item) => item,
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
