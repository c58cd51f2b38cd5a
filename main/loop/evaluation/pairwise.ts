import { fillPairwisePrompt, loadPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { parseVerdict, type Verdict } from '../../evaluation/parse-verdict.ts'
import type { AnswerRow } from '../../store/tables/answers-table.ts'
import { generateMissing, greedySampling } from '../generate-texts.ts'
import { leftOutRows, reportLeftOut } from '../left-out-rows.ts'
import type { EngineWork, Stage } from '../run-context.ts'
import { progressOf } from '../stage-progress.ts'
import type { ComparisonJudge } from './head-to-head-of-run.ts'

/** Two models' answers to one prompt. */
export interface AnswerPair {
  readonly position: number
  readonly instruction: string
  readonly own: string
  readonly other: string
}

/** One comparison of a pair. `swapped`: the model's own answer is shown as B. */
export interface PairLook {
  readonly position: number
  readonly swapped: boolean
}

/** Settings of a pairwise comparison. */
export interface PairwiseWork {
  readonly judge: string // path of its model
  /** A file name in resources/judges without `.txt`, or the path of any file. */
  readonly prompt: string
  readonly maxNewTokens: number
  readonly pairs: readonly AnswerPair[]
  readonly isDone: (look: PairLook) => boolean
  /** Called for each missing comparison as soon as the verdict arrives. It is null if it couldn't be parsed. */
  /** Called for each comparison that doesn't fit the judge's context; it stays missing. */
  readonly leaveOut: (look: PairLook, reason: string) => void
  readonly keep: (look: PairLook, said: { readonly text: string; readonly verdict: Verdict | null }) => void
}

/** Shows a judge both answers to each prompt, in both orders (paper, section 3.1). */
export async function judgeBothOrders(
  work: EngineWork,
  { judge, prompt, maxNewTokens, pairs, isDone, keep, leaveOut }: PairwiseWork,
): Promise<void> {
  const template = loadPairwisePrompt(prompt)
  const rows = pairs.flatMap(({ position, instruction, own, other }) =>
    [false, true].map((swapped) => {
      const [a, b] = swapped ? [other, own] : [own, other]
      const missing = new Set(isDone({ position, swapped }) ? [] : [0])
      return { position, swapped, input: { prompt: fillPairwisePrompt(template, instruction, a, b) }, seeds: [0], missing }
    }),
  )
  await generateMissing(work, {
    model: judge,
    sampling: greedySampling(maxNewTokens),
    rows,
    keep: ({ position, swapped }, { text }) => keep({ position, swapped }, { text, verdict: parseVerdict(text) }),
    leaveOut: ({ position, swapped }, reason) => leaveOut({ position, swapped }, reason),
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
  const done = new Set(store.comparisons.of(runId, model, against).map(({ position, swapped }) => `${position}/${swapped}`))
  const progress = progressOf(stage, `${model} v ${against}, judged by ${judge.name}`, 2 * own.length, done.size)
  const leftOut = leftOutRows<PairLook>(
    'comparisons',
    2 * own.length,
    ({ position, swapped }) => `prompt ${position + 1}${swapped ? ', swapped' : ''}`,
  )
  await judgeBothOrders(stage, {
    judge: judge.path,
    prompt: recipe.evaluation.judge_prompt,
    maxNewTokens: recipe.evaluation.judge_max_new_tokens,
    pairs: own.map(({ position, instruction, text }, i) => ({ position, instruction, own: text, other: others[i].text })), // same prompts in the same order
    isDone: ({ position, swapped }) => done.has(`${position}/${swapped}`),
    keep: ({ position, swapped }, { text, verdict }) => {
      store.comparisons.add(runId, { model, against, position, swapped, judge: judge.name, text, verdict })
      progress.add()
    },
    leaveOut: leftOut.add,
  })
  progress.end()
  reportLeftOut(stage, leftOut, { total: 2 * own.length })
}
