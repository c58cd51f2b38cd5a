import type { z } from 'zod'
import { numberLists } from '../common/number-lists.ts'
import { runningMean } from '../common/numbers.ts'
import { distribution, type RewardBin } from '../shared/contract/charts-contract.ts'
import { isObject } from '../shared/is-object.ts'
import { averagingMethods, type JudgeRecipe } from '../shared/recipe.ts'
import type { RewardedRow } from '../store/queries/reward-queries.ts'
import { tieShareOf } from './preferences/pair-rules.ts'
import type { RunContext } from './run-context.ts'

/** Number of bins for a judge with continuous rewards. */
const continuousBins = 20

/**
 * Largest sample count for which each possible mean of integer scores gets its own bin; beyond it, bins would be too narrow to tell apart.
 */
const mostPerPoint = 4

/**
 * Bin edges for a run's rewards. Where a reward is the mean of k integer scores, bins of width 1/k are centered on the possible values, so
 * that no bin is empty by construction; otherwise 20 equal bins. All iterations share them.
 */
export function rewardEdges(
  judge: Pick<JudgeRecipe, 'method' | 'samples'>,
  [lowest, highest]: readonly [low: number, high: number],
): number[] {
  const width = highest - lowest || 1 // one reward so far, or equal ones
  if (!averagingMethods.includes(judge.method) || judge.samples > mostPerPoint) {
    return Array.from({ length: continuousBins + 1 }, (_, i) => lowest + (width * i) / continuousBins)
  }
  const values = highest * judge.samples + 1
  return [0, ...Array.from({ length: values - 1 }, (_, i) => (i + 0.5) / judge.samples), highest]
}

/**
 * Counts rewards by bin. A candidate counts as chosen or rejected once for each of its pairs; M0's answers count in these roles only.
 */
export function rewardBins(edges: readonly number[]) {
  const bins = edges.slice(1).map((to, i) => ({ from: edges[i], to, candidates: 0, chosen: 0, rejected: 0 }))
  return {
    bins: bins as readonly RewardBin[],
    add({ reward, chosen, rejected, isAnchor }: RewardedRow): void {
      if (reward === null) return
      const bin = bins[binOf(reward, edges)]
      if (!isAnchor) bin.candidates++
      bin.chosen += chosen
      bin.rejected += rejected
    },
  }
}

/** The bin of a reward: the last one whose lower edge isn't above it. */
function binOf(reward: number, edges: readonly number[]): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (edges[middle] <= reward) low = middle
    else high = middle - 1
  }
  return low
}

/** What a chart shows of an iteration's rewards. */
const rewardSummaryForm = distribution.pick({
  ...{ bins: true, n: true, mean: true, unrewarded: true, tieShare: true, judgements: true, parseFailures: true, pairs: true },
})
export type RewardSummary = z.output<typeof rewardSummaryForm>

/** The summary that was stored with the iteration's pairs; undefined: none, or it has other bins. */
export function storedSummary(summary: unknown, edges: readonly number[]): RewardSummary | undefined {
  const found = rewardSummaryForm.safeParse(isObject(summary) ? summary.rewards : undefined).data
  const isSame = found?.bins.length === edges.length - 1 && found.bins.every(({ from, to }, i) => from === edges[i] && to === edges[i + 1])
  return isSame ? found : undefined
}

/**
 * Summarizes the rewards of one iteration, a span of prompts at a step. M0's answers, with which the model's own are compared, aren't candidates of
 * the model.
 */
export function* rewardSummary(
  { store, runId }: Pick<RunContext, 'store' | 'runId'>,
  iteration: number,
  edges: readonly number[],
): Generator<void, RewardSummary> {
  const summary = summaryOf(edges)
  for (const span of store.prompts.spans(runId, iteration)) {
    for (const row of store.rewards.ofIteration(runId, iteration, span)) summary.add(row)
    yield
  }
  return summary.result()
}

/** The summary of rows in prompt order. */
export function summaryOf(edges: readonly number[]) {
  const { bins, add } = rewardBins(edges)
  const means = { candidates: runningMean(), chosen: runningMean(), rejected: runningMean() }
  const n = { candidates: 0, chosen: 0, rejected: 0 }
  const rewards = numberLists() // of each prompt
  let [judgements, readable, unrewarded, prompt] = [0, 0, 0, -1]
  let ofPrompt: number[] = []
  function addRow(row: RewardedRow): void {
    add(row)
    judgements += row.judgements
    readable += row.readable
    if (row.promptId !== prompt) {
      rewards.add(ofPrompt)
      ;[prompt, ofPrompt] = [row.promptId, []]
    }
    const { reward } = row
    if (reward === null) unrewarded++
    else {
      if (!row.isAnchor) ofPrompt.push(reward)
      for (const [role, times] of [
        ['candidates', Number(!row.isAnchor)],
        ['chosen', row.chosen],
        ['rejected', row.rejected],
      ] as const) {
        n[role] += times
        for (let time = 0; time < times; time++) means[role].add(reward)
      }
    }
  }
  function result(): RewardSummary {
    rewards.add(ofPrompt)
    const [candidates, chosen, rejected] = [means.candidates, means.chosen, means.rejected].map((mean) => mean.valueOrNull())
    const mean = { candidates, chosen, rejected }
    const parseFailures = judgements - readable
    return { bins: [...bins], n, mean, unrewarded, tieShare: tieShareOf(rewards), judgements, parseFailures, pairs: n.chosen }
  }
  return { add: addRow, result }
}
