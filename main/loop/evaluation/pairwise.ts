import { fillPairwisePrompt, loadPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { parseVerdict, type Verdict } from '../../evaluation/parse-verdict.ts'
import type { AnswerRow } from '../../store/tables/answers-table.ts'
import type { EngineWork, Stage } from '../run-context.ts'
import { unitsOfStage } from '../stage-report.ts'
import { doneAmong, generateMissing, greedySampling, type Units } from '../stage-work.ts'
import type { ComparisonJudge } from './head-to-head-of-run.ts'

/** Two models' answers to one prompt. */
export interface AnswerPair {
  readonly position: number
  readonly instruction: string
  readonly own: string
  readonly other: string
}

/** One comparison of a pair. `sample` is 1 if the answers are swapped: the model's own answer is shown as B. */
export interface Look extends AnswerPair {
  readonly sample: 0 | 1
}

/** A judge's text, and the verdict, or null if it couldn't be parsed. */
export interface Said {
  readonly text: string
  readonly verdict: Verdict | null
}

/** Both orders of each pair. */
export const looksAt = (pairs: readonly AnswerPair[]): Look[] =>
  pairs.flatMap((pair) => [
    { ...pair, sample: 0 },
    { ...pair, sample: 1 },
  ])

/** Shows a judge both answers to each prompt, in both orders (paper, section 3.1). */
export function judgeBothOrders(
  work: EngineWork,
  units: Units<Look, Said>,
  { judge, prompt, maxNewTokens }: { readonly judge: string; readonly prompt: string; readonly maxNewTokens: number },
): Promise<void> {
  const template = loadPairwisePrompt(prompt)
  return generateMissing(work, units, {
    model: judge,
    sampling: greedySampling(maxNewTokens),
    input: ({ instruction, own, other, sample }) => {
      const [a, b] = sample === 1 ? [other, own] : [own, other]
      return { prompt: fillPairwisePrompt(template, instruction, a, b) }
    },
    read: ({ text }) => ({ text, verdict: parseVerdict(text) }),
  })
}

/** Has a judge compare two models' answers, and stores each verdict. */
export async function judgePairwise(
  stage: Stage,
  own: readonly AnswerRow[],
  others: readonly AnswerRow[],
  judge: ComparisonJudge,
): Promise<void> {
  const { store, runId, recipe } = stage
  const [model, against] = [own[0].model, others[0].model]
  const isDone = doneAmong(store.comparisons.of(runId, model, against).map(({ position, swapped }) => [position, Number(swapped)]))
  const units = unitsOfStage(stage, {
    what: `${model} v ${against}, judged by ${judge.name}`,
    noun: 'comparisons',
    nameOf: ({ position, sample }) => `prompt ${position + 1}${sample === 1 ? ', swapped' : ''}`,
    rows: looksAt(own.map(({ position, instruction, text }, i) => ({ position, instruction, own: text, other: others[i].text }))), // same prompts in the same order
    samples: 1,
    isDone: ({ position, sample }) => isDone(position, sample),
    keep: ({ position, sample }, _, said: Said) =>
      store.comparisons.add(runId, { model, against, position, swapped: sample === 1, judge: judge.name, ...said }),
  })
  const { judge_prompt, judge_max_new_tokens } = recipe.evaluation
  await judgeBothOrders(stage, units, { judge: judge.path, prompt: judge_prompt, maxNewTokens: judge_max_new_tokens })
}
