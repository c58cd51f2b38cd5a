import { characters } from '../evaluation/length-baseline.ts'
import type { IterationReport } from '../shared/run-events.ts'
import type { RunContext, Stage } from './run-context.ts'
import { rewardedPrompts } from './stages/make-pairs.ts'

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/** Figures of the iteration's data, computed from the store. */
export function reportOf(context: Pick<RunContext, 'store' | 'runId'>, iteration: number, model: string): IterationReport {
  const { store, runId } = context
  const prompts = rewardedPrompts({ ...context, iteration })
  const candidates = prompts.flatMap((prompt) => prompt.candidates)
  const pairs = store.pairs.ofIteration(runId, iteration)
  const judgements = store.judgements.ofCandidates(runId, iteration)
  const accepted = store.prompts.accepted(runId, iteration).length
  return {
    model,
    promptsAccepted: accepted,
    promptsRejected: Object.fromEntries(store.prompts.rejections(runId, iteration).map(({ reason, count }) => [reason, count])),
    meanReward: mean(candidates.flatMap(({ reward }) => (reward === null ? [] : [reward]))),
    tieShare: tieShareOf(prompts.map((prompt) => prompt.candidates.flatMap(({ reward }) => (reward === null ? [] : [reward])))),
    leftOut: accepted - prompts.length + candidates.length - new Set(judgements.map(({ subjectId }) => subjectId)).size,
    pairs: pairs.length,
    yield: accepted === 0 ? null : pairs.length / accepted,
    judgements: judgements.length,
    parseFailures: judgements.filter(({ score }) => score === null).length,
    meanLength: mean(candidates.map(({ text }) => characters(text))),
    meanLengthChosen: mean(pairs.map(({ chosenText }) => characters(chosenText))),
    meanLengthRejected: mean(pairs.map(({ rejectedText }) => characters(rejectedText))),
  }
}

/** The share of prompts with two or more rewards whose best reward equals the worst. */
function tieShareOf(rewards: readonly (readonly number[])[]): number | null {
  const comparable = rewards.filter((ofPrompt) => ofPrompt.length >= 2)
  if (comparable.length === 0) return null
  return comparable.filter((ofPrompt) => Math.max(...ofPrompt) === Math.min(...ofPrompt)).length / comparable.length
}

/** Warns about known failure signs of self-rewarding training. `before` is the previous iteration's report. */
export function warnOfFailureSigns(stage: Stage, now: IterationReport, before: IterationReport | undefined): void {
  const warnings: [string, string][] = []
  const failed = now.judgements === 0 ? 0 : now.parseFailures / now.judgements
  if (now.yield !== null && now.yield < 0.2) {
    warnings.push(['low-yield', `Only ${percent(now.yield)} of the prompts gave a pair: the judge hardly distinguishes the answers.`])
  }
  if (failed > 0.2)
    warnings.push(['parse-failures', `${percent(failed)} of the judgements couldn't be parsed: the judge doesn't follow the format.`])
  const growth = before?.meanLength ? (now.meanLength ?? 0) / before.meanLength - 1 : 0
  if (growth > 0.5)
    warnings.push(['length-growth', `Answers are ${percent(growth)} longer than in the previous iteration: the judge may reward length.`])
  for (const [code, text] of warnings) stage.tell({ kind: 'warning', iteration: stage.iteration, stage: stage.stage, code, text })
}

const percent = (share: number): string => `${Math.round(100 * share)}%`
