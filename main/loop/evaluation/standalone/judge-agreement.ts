import { z } from 'zod'
import { deriveSeed } from '../../../common/random.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { JudgeSettings } from '../../../shared/evaluation-settings.ts'
import { samplesOf } from '../../judges/judge-work.ts'
import { judgeAnswers } from '../../judges/judges.ts'
import { judgeFigures } from '../judge-quality.ts'
import { rankedOf } from './sources.ts'
import {
  doneUnits,
  inputsOf,
  judgementValue,
  keepUnit,
  leaveUnitOut,
  leftOutFigure,
  missingAt,
  type StandaloneContext,
} from './suite-units.ts'

const rankedInput = z.object({ prompt: z.string(), answers: z.array(z.object({ text: z.string(), rank: z.number() })).readonly() })
const part = 'judgements'

/** Has a model judge human-ranked answers, and compares its ranking with the human ranking and the length baseline (paper, Table 4). */
export async function measureJudgeStandalone(
  context: StandaloneContext,
  { model, judge, source, count, seed }: JudgeSettings,
): Promise<Figures> {
  const { store, suiteId } = context
  const prompts = await inputsOf(context, rankedInput, () => rankedOf(store, source, count))
  const answers = prompts.flatMap(({ prompt, answers }) => answers.map((answer) => ({ prompt, ...answer })))
  const samples = samplesOf(judge)
  store.suites.setTotal(suiteId, answers.length * samples)
  const missing = missingAt(doneUnits(context, part, judgementValue), samples)
  await judgeAnswers({
    ...{ stage: context, judge, model: model.path },
    rows: answers.map(({ prompt, text }, position) => ({
      ...{ position, instruction: prompt, response: text, missing: missing(position) },
      seeds: Array.from({ length: samples }, (_, sample) => deriveSeed(seed, 'judgements', position, sample)),
    })),
    keep: ({ position }, sample, { text, score }) => keepUnit(context, part, position, sample, { text, score }),
    leaveOut: ({ position }, reason) => leaveUnitOut(context, part, position, reason),
  })
  const scores = Map.groupBy(doneUnits(context, part, judgementValue), ({ position }) => position)
  let position = 0
  const figures = judgeFigures(
    prompts.map((prompt) =>
      prompt.answers.map(({ text, rank }) => ({ text, rank, scores: (scores.get(position++) ?? []).map(({ score }) => score) })),
    ),
  )
  return { ...figures, ...leftOutFigure(context, [part], answers.length) }
}
