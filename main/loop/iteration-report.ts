import { meanOrNull, percentText } from '../common/numbers.ts'
import { characters } from '../evaluation/reward-metrics.ts'
import { flipRateOf } from '../shared/comparison-detail.ts'
import { failureLimits } from '../shared/failure-signs.ts'
import type { IterationReport } from '../shared/run-events.ts'
import { judges } from './judges/judges.ts'
import { tieShareOf } from './preferences/pair-rules.ts'
import { storedRecipe } from './recipe/stored-recipe.ts'
import type { RunContext, Stage } from './run-context.ts'
import { rewardedPrompts } from './stages/make-pairs.ts'

/** Figures of the iteration's data, computed from the store. */
export function reportOf(context: Pick<RunContext, 'store' | 'runId'>, iteration: number, model: string): IterationReport {
  const { store, runId } = context
  const prompts = rewardedPrompts({ ...context, iteration })
  const candidates = prompts.flatMap((prompt) => prompt.candidates)
  const rewards = prompts.map((prompt) => prompt.candidates.flatMap(({ reward }) => (reward === null ? [] : [reward])))
  const pairs = store.pairs.ofIteration(runId, iteration)
  const judgements = store.judgements.ofCandidates(runId, iteration)
  const accepted = store.prompts.accepted(runId, iteration).length
  const { judge } = storedRecipe(store.runs.resolve(runId))
  const flipRate = flipRateOf(judgements.map(({ detail }) => detail))
  return {
    model,
    promptsAccepted: accepted,
    promptsRejected: Object.fromEntries(store.prompts.rejections(runId, iteration).map(({ reason, count }) => [reason, count])),
    meanReward: meanOrNull(rewards.flat()),
    tieShare: tieShareOf(rewards),
    leftOut: accepted - prompts.length + candidates.length - new Set(judgements.map(({ subjectId }) => subjectId)).size,
    pairs: pairs.length,
    yield: accepted === 0 ? null : pairs.length / accepted,
    judgements: judgements.length,
    parseFailures: judgements.filter(({ score }) => score === null).length,
    ...(flipRate !== null && { flipRate }),
    rewardRange: judges[judge.method].range(judge),
    meanLength: meanOrNull(candidates.map(({ text }) => characters(text))),
    meanLengthChosen: meanOrNull(pairs.map(({ chosenText }) => characters(chosenText))),
    meanLengthRejected: meanOrNull(pairs.map(({ rejectedText }) => characters(rejectedText))),
  }
}

/** Warns about known failure signs of self-rewarding training. `before` is the previous iteration's report. */
export function warnOfFailureSigns(stage: Stage, now: IterationReport, before: IterationReport | undefined): void {
  const warnings: [string, string][] = []
  const failed = now.judgements === 0 ? 0 : now.parseFailures / now.judgements
  if (now.yield !== null && now.yield < failureLimits.yield) {
    warnings.push([
      'low-yield',
      `Only ${percentText(now.yield, 0)} of the prompts gave a pair: the judge hardly distinguishes the answers.`,
    ])
  }
  if (failed > failureLimits.parseFailures)
    warnings.push([
      'parse-failures',
      `${percentText(failed, 0)} of the judgements couldn't be parsed: the judge doesn't follow the format.`,
    ])
  const growth = before?.meanLength ? (now.meanLength ?? 0) / before.meanLength - 1 : 0
  if (growth > failureLimits.growth)
    warnings.push([
      'length-growth',
      `Answers are ${percentText(growth, 0)} longer than in the previous iteration: the judge may reward length.`,
    ])
  for (const [code, text] of warnings) stage.tell({ kind: 'warning', iteration: stage.iteration, stage: stage.stage, code, text })
}
