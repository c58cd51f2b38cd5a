import { numberLists } from '../common/number-lists.ts'
import { meanOrNull, percentText, runningMean } from '../common/numbers.ts'
import { inTurns, runSteps } from '../common/steps.ts'
import { clusteredError } from '../evaluation/clustered-error.ts'
import { characters } from '../evaluation/reward-metrics.ts'
import { flipCount } from '../shared/comparison-detail.ts'
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
import { rewardedSpans } from './stages/make-pairs.ts'

type OfRun = Pick<RunContext, 'store' | 'runId'>

/** What is known of the responses: all in memory are their rewards. M0's, with which the model's own are compared, aren't the model's. */
function* responsesOf(context: OfRun, iteration: number) {
  const [rewards, length] = [numberLists(), runningMean()]
  let [prompts, withOwn, unjudged] = [0, 0, 0]
  for (const span of rewardedSpans({ ...context, iteration })) {
    prompts += span.length
    for (const { candidates } of span) {
      const own = candidates.filter(({ isAnchor }) => !isAnchor)
      if (own.length > 0) withOwn++
      for (const { text } of own) length.add(characters(text))
      unjudged += candidates.filter(({ judgements }) => judgements === 0).length
      rewards.add(own.flatMap(({ reward }) => reward ?? []))
    }
    yield
  }
  return { rewards, prompts, withOwn, unjudged, meanLength: length.valueOrNull() }
}

function* pairsMade({ store, runId }: OfRun, iteration: number) {
  const [chosen, rejected] = [runningMean(), runningMean()]
  let [pairs, prompts] = [0, 0]
  for (const span of store.prompts.spans(runId, iteration)) {
    const made = store.pairs.ofIteration(runId, iteration, span)
    pairs += made.length
    prompts += new Set(made.map(({ promptId }) => promptId)).size
    for (const { chosenText, rejectedText } of made) {
      chosen.add(characters(chosenText))
      rejected.add(characters(rejectedText))
    }
    yield
  }
  return { pairs, prompts, meanLengthChosen: chosen.valueOrNull(), meanLengthRejected: rejected.valueOrNull() }
}

function* flipRateIn({ store, runId }: OfRun, iteration: number) {
  const flips = flipCount()
  for (const span of store.prompts.spans(runId, iteration)) {
    for (const detail of store.judgements.comparing(runId, iteration, span)) flips.add(detail)
    yield
  }
  return flips.rate()
}

/** Figures of the iteration's data, computed from the store. */
export const reportOf = (context: OfRun, iteration: number, model: string): IterationReport =>
  runSteps(reporting(context, iteration, model))

/** The same in steps: a span of prompts each. */
export function* reporting(context: OfRun, iteration: number, model: string): Generator<void, IterationReport> {
  const { store, runId } = context
  const { rewards, prompts, withOwn, unjudged, meanLength } = yield* responsesOf(context, iteration)
  const { pairs, prompts: paired, ...lengths } = yield* pairsMade(context, iteration)
  const { judgements, unreadable } = store.counts.judgements(runId, iteration)
  const { accepted } = store.counts.prompts(runId, iteration)
  const recipe = storedRecipe(store.runs.resolve(runId))
  const { judge } = recipe
  const hasJudge = isJudged(recipe)
  const rewardRange = hasJudge ? judges[judge.method].range(judge) : null
  const flipRate = yield* flipRateIn(context, iteration)
  const isWeighted = recipe.pairs.consistency !== 'none'
  return {
    model,
    promptsAccepted: accepted,
    promptsRejected: Object.fromEntries(store.prompts.rejections(runId, iteration).map(({ reason, count }) => [reason, count])),
    meanReward: meanOrNull(rewards.all()),
    meanRewardError: clusteredError(rewards),
    decidedShare: hasJudge ? decidedShareOf(rewards, recipe.pairs.min_gap) : null,
    tieShare: tieShareOf(rewards),
    leftOut: accepted - (hasJudge ? prompts - unjudged : withOwn),
    pairs,
    yield: accepted === 0 || !iterationStages(recipe).includes('pairs') ? null : paired / accepted,
    judgements,
    parseFailures: unreadable,
    ...(flipRate !== null && { flipRate }),
    rewardRange,
    meanLength,
    ...lengths,
    topShare: topShareOf(rewards.all(), rewardRange),
    rewardSpread: spreadOf(rewards.all()),
    consistency: isWeighted ? meanOrNull(consistencyOfPrompts(context, iteration).values()) : null,
  }
}

/** How close to the top of the judge's range a reward counts as there, as a share of the range. */
const nearTop = 0.02

function topShareOf(rewards: Float64Array, range: RewardRange): number | null {
  if (range === null) return null
  const [low, high] = range
  return meanOrNull(rewards.map((reward) => (reward >= high - nearTop * (high - low) ? 1 : 0)))
}

/** Standard deviation of the values themselves; null: there are none. */
function spreadOf(values: Float64Array): number | null {
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
export async function backgroundOf(stage: Stage, model: string): Promise<Background> {
  const { iteration } = stage
  const earlier = (at: number): Promise<IterationReport> => inTurns(reporting(stage, at, `M${at}`), stage.signal)
  const first = await earlier(1)
  const before = iteration === 2 ? first : await earlier(iteration - 1)
  return { first, before, outside: outsideFigures(stage, model, before.model) }
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
