import { z } from 'zod'
import { deriveSeed } from '../../../common/random.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { JudgeSettings } from '../../../shared/evaluation-settings.ts'
import { type Judged, samplesOf } from '../../judges/judge-work.ts'
import { judgeAnswers } from '../../judges/judges.ts'
import { judgeFigures } from '../judge-quality.ts'
import { rankedOf } from './sources.ts'
import { doneUnits, inputsOf, judgementValue, leftOutFigure, type StandaloneContext, suiteUnits } from './suite-units.ts'

const rankedInput = z.object({ prompt: z.string(), answers: z.array(z.object({ text: z.string(), rank: z.number() })).readonly() })
const part = 'judgements'

/** Has a model judge human-ranked answers, and compares its ranking with the human ranking and the length baseline (paper, Table 4). */
export async function measureJudgeStandalone(
  context: StandaloneContext,
  { model, judge, source, count, seed }: JudgeSettings,
): Promise<Figures> {
  const { store, suiteId } = context
  const prompts = await inputsOf(context, rankedInput, () => rankedOf(store, source, count))
  const answers = prompts
    .flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ instruction: prompt, response: text })))
    .map((answer, position) => ({ ...answer, position }))
  const samples = samplesOf(judge)
  store.suites.setTotal(suiteId, answers.length * samples)
  const units = suiteUnits<(typeof answers)[number], Judged>(context, part, judgementValue, {
    rows: answers,
    samples,
    seed: ({ position }, sample) => deriveSeed(seed, 'judgements', position, sample),
  })
  await judgeAnswers({ stage: context, judge, model: model.path, units })
  const scores = Map.groupBy(doneUnits(context, part, judgementValue), ({ position }) => position)
  let position = 0
  const figures = judgeFigures(
    prompts.map((prompt) =>
      prompt.answers.map(({ text, rank }) => ({ text, rank, scores: (scores.get(position++) ?? []).map(({ score }) => score) })),
    ),
  )
  return { ...figures, ...leftOutFigure(context, [part], answers.length) }
}
