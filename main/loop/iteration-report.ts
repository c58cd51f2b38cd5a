import { meanOrNull, percentText } from '../common/numbers.ts'
import { clusteredError } from '../evaluation/clustered-error.ts'
import { characters } from '../evaluation/reward-metrics.ts'
import { flipRateOf } from '../shared/comparison-detail.ts'
import {
  driftOf,
  failureLimits,
  fallNoise,
  type GuardCode,
  isDivergence,
  isDrift,
  isFlipping,
  isLowYield,
  isSaturated,
  watchedFigure,
} from '../shared/failure-signs.ts'
import { isJudged, iterationStages } from '../shared/method-stages.ts'
import { isByProgram, isOutsideMeasure, outsideNames } from '../shared/outside-measures.ts'
import type { JudgeMethod } from '../shared/recipe.ts'
import type { RewardRange } from '../shared/reward-range.ts'
import type { IterationReport } from '../shared/run-events.ts'
import { judges } from './judges/judges.ts'
import { consistencyOfPrompts } from './preferences/consistency.ts'
import { decidedShareOf, tieShareOf } from './preferences/pair-rules.ts'
import { storedRecipe } from './recipe/stored-recipe.ts'
import { type RunContext, type Stage, warn } from './run-context.ts'
import { rewardedPrompts } from './stages/make-pairs.ts'

/** Figures of the iteration's data, computed from the store. M0's answers, with which the model's own are compared, aren't the model's. */
export function reportOf(context: Pick<RunContext, 'store' | 'runId'>, iteration: number, model: string): IterationReport {
  const { store, runId } = context
  const prompts = rewardedPrompts({ ...context, iteration })
  const candidates = prompts.flatMap((prompt) => prompt.candidates)
  const own = candidates.filter(({ isAnchor }) => !isAnchor)
  const rewards = prompts.map((prompt) =>
    prompt.candidates.flatMap(({ reward, isAnchor }) => (reward === null || isAnchor ? [] : [reward])),
  )
  const pairs = store.pairs.ofIteration(runId, iteration)
  const judgements = store.judgements.ofCandidates(runId, iteration)
  const accepted = store.prompts.accepted(runId, iteration).length
  const recipe = storedRecipe(store.runs.resolve(runId))
  const { judge } = recipe
  const hasJudge = isJudged(recipe)
  const answered = hasJudge ? prompts : prompts.filter((prompt) => prompt.candidates.some(({ isAnchor }) => !isAnchor))
  const unjudged = hasJudge ? candidates.length - new Set(judgements.map(({ subjectId }) => subjectId)).size : 0
  const rewardRange = hasJudge ? judges[judge.method].range(judge) : null
  const flipRate = flipRateOf(judgements.map(({ detail }) => detail))
  return {
    model,
    promptsAccepted: accepted,
    promptsRejected: Object.fromEntries(store.prompts.rejections(runId, iteration).map(({ reason, count }) => [reason, count])),
    meanReward: meanOrNull(rewards.flat()),
    meanRewardError: clusteredError(rewards),
    decidedShare: hasJudge ? decidedShareOf(rewards, recipe.pairs.min_gap) : null,
    tieShare: tieShareOf(rewards),
    leftOut: accepted - answered.length + unjudged,
    pairs: pairs.length,
    yield:
      accepted === 0 || !iterationStages(recipe).includes('pairs') ? null : new Set(pairs.map(({ promptId }) => promptId)).size / accepted,
    judgements: judgements.length,
    parseFailures: judgements.filter(({ score }) => score === null).length,
    ...(flipRate !== null && { flipRate }),
    rewardRange,
    meanLength: meanOrNull(own.map(({ text }) => characters(text))),
    meanLengthChosen: meanOrNull(pairs.map(({ chosenText }) => characters(chosenText))),
    meanLengthRejected: meanOrNull(pairs.map(({ rejectedText }) => characters(rejectedText))),
    topShare: topShareOf(rewards.flat(), rewardRange),
    rewardSpread: spreadOf(rewards.flat()),
    consistency: meanOrNull([...consistencyOfPrompts(context, iteration).values()]),
  }
}

/** How close to the top of the judge's range a reward counts as there, as a share of the range. */
const nearTop = 0.02

function topShareOf(rewards: readonly number[], range: RewardRange): number | null {
  if (range === null) return null
  const [low, high] = range
  return meanOrNull(rewards.map((reward) => (reward >= high - nearTop * (high - low) ? 1 : 0)))
}

/** Standard deviation of the values themselves; null: there are none. */
function spreadOf(values: readonly number[]): number | null {
  const center = meanOrNull(values)
  return center === null ? null : Math.sqrt(meanOrNull(values.map((value) => (value - center) ** 2))!)
}

/** The reports to compare an iteration's with, and what was measured from outside. */
interface Background {
  /** The iteration before; undefined: there is none. */
  readonly before?: IterationReport
  readonly first?: IterationReport
  /** The watched figure of each evaluation by a program, for this iteration's model and the one before. */
  readonly outside?: readonly { readonly name: string; readonly now: number; readonly before: number; readonly noise?: number }[]
}

/** Warns about known failure signs of self-rewarding training. */
export function warnOfFailureSigns(stage: Stage, now: IterationReport, { before, first, outside = [] }: Background): void {
  const tell = (code: GuardCode, text: string): void => warn(stage, code, text)
  const hasJudge = now.judgements > 0
  const by = hasJudge ? 'the judge may go by length' : 'its training alone changes their length'
  const failed = now.judgements === 0 ? 0 : now.parseFailures / now.judgements
  if (isLowYield(now))
    tell(
      'low-yield',
      `Only ${percentText(now.yield, 0)} of the prompts gave a pair: ${hasJudge ? 'the judge hardly distinguishes the answers' : 'the model writes the seed data already'}.`,
    )
  if (failed > failureLimits.parseFailures)
    tell('parse-failures', `${percentText(failed, 0)} of ${whyUnreadable(stage.recipe.judge.method)}.`)
  const growth = before?.meanLength ? (now.meanLength ?? 0) / before.meanLength - 1 : 0
  if (growth > failureLimits.growth)
    tell(
      'length-growth',
      `Answers are ${percentText(growth, 0)} longer than in the previous iteration: ${hasJudge ? 'the judge may reward length' : by}.`,
    )
  if (isFlipping(now.flipRate, first?.flipRate))
    tell('flips', `The order of two answers decides ${percentText(now.flipRate, 0)} of the judge's comparisons: it goes by their places.`)
  warnOfSaturation(tell, now, first ?? now)
  if (first === undefined) return
  const drift = driftOf(now.meanLength, first.meanLength)
  const driftChosen = driftOf(now.meanLengthChosen, first.meanLengthChosen)
  if (isDrift(drift)) tell('length-drift', `Answers are ${timesText(drift!)} as long as in the first iteration: ${by}.`)
  else if (isDrift(driftChosen))
    tell('length-drift', `Chosen answers are ${timesText(driftChosen!)} as long as in the first iteration: ${by}.`)
  for (const figure of outside) {
    if (before === undefined || !isDivergence(now, before, figure)) continue
    const rewards = `${before.meanReward!.toFixed(2)} to ${now.meanReward!.toFixed(2)}`
    const figures = `${percentText(figure.before)} to ${percentText(figure.now)}`
    tell(
      'divergence',
      `The model's own reward rose (${rewards}) while ${figure.name} fell (${figures}): the judge no longer measures quality.`,
    )
  }
}

function whyUnreadable(method: JudgeMethod): string {
  if (method === 'verifier') return 'the answers have no reward: no program can check a requirement of their prompts'
  if (method === 'majority') return 'the answers have no reward: no final answer was found in them'
  return "the judgements couldn't be parsed: the judge doesn't follow the format"
}

function warnOfSaturation(tell: (code: GuardCode, text: string) => void, now: IterationReport, first: IterationReport): void {
  if (!isSaturated(now, first)) return
  const text =
    now.topShare !== null && now.topShare > failureLimits.topShare
      ? `${percentText(now.topShare, 0)} of the rewards are at the judge's maximum`
      : `Rewards vary ${percentText(1 - now.rewardSpread! / first.rewardSpread!, 0)} less than in the first iteration`
  tell('saturated', `${text}: the judge hardly distinguishes the answers any more.`)
}

const timesText = (factor: number): string => `${factor.toFixed(1)} times`

/** What an iteration after the first is compared with. */
export function backgroundOf(stage: Stage, model: string): Background {
  const { iteration } = stage
  const [first, before] = [reportOf(stage, 1, 'M1'), `M${iteration - 1}`]
  return { first, before: iteration === 2 ? first : reportOf(stage, iteration - 1, before), outside: outsideFigures(stage, model, before) }
}

/** The figures that programs measured for a model and the one before, by evaluation. */
function outsideFigures({ store, runId }: Stage, model: string, before: string): NonNullable<Background['outside']> {
  const checks = store.evaluations.ofRun(runId).filter(({ kind }) => isByProgram(kind))
  const resultOf = (kind: string, name: string) => checks.find((check) => check.kind === kind && check.model === name)?.result ?? {}
  return [...new Set(checks.map(({ kind }) => kind))].flatMap((kind) => {
    const results = [resultOf(kind, model), resultOf(kind, before)] as const
    const [now, then] = results.map(watchedFigure)
    const name = isOutsideMeasure(kind) ? `the outside measure (${outsideNames[kind].toLowerCase()})` : kind
    return now === null || then === null ? [] : [{ name, now, before: then, noise: fallNoise(...results) }]
  })
}
