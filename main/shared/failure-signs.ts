/** Warnings that a recipe may stop on (`guards.stop_on`). */
export const guardCodes = [
  'low-yield',
  'few-pairs',
  'parse-failures',
  'length-growth',
  'length-drift',
  'saturated',
  'divergence',
  'flips',
  'coupling',
  'many-epochs',
] as const
export type GuardCode = (typeof guardCodes)[number]

/** Limits beyond which main warns of a known failure sign of self-rewarding training, and the window marks it. */
export const failureLimits = {
  /** Share of the prompts that give a pair, at least: below, and if it isn't for the rules, the judge hardly distinguishes the answers. */
  yield: 0.2,
  /** Pairs of a preference training, at least: with fewer, it learns them by heart. */
  pairs: 50,
  /** Passes over the pairs, at most. */
  epochs: 3,
  /** Share of the judgements, at most: above, the judge doesn't follow the format. */
  parseFailures: 0.2,
  /** Growth of the responses from one iteration to the next, at most: above, the judge may reward length. */
  growth: 0.5,
  /** How many times as long as in the first iteration, or as short, responses may be. */
  drift: 2,
  /** Share of the rewards at the top of the judge's range, at most: above, it hardly distinguishes good answers. */
  topShare: 0.5,
  /** Standard deviation of the rewards as a share of the first iteration's, at least. */
  spread: 0.5,
  /** Rise of the mean reward, in standard deviations, that counts as one. */
  rewardRise: 0.1,
  /** Fall of a share that a program measures, that counts as one. */
  outsideFall: 0.02,
  /** Share of the judge's comparisons that the order of the two responses decides, at most; and its rise since the first iteration. */
  flips: 0.5,
  flipRise: 0.1,
  /**
   * Rise since the first iteration of the correlation between reward and the policy's own log-probability, at most. Only a rise says that
   * the judge rewards what the model would say anyway: a model that answers well most of the time agrees with a good judge (0.76 in the demo).
   */
  couplingRise: 0.2,
  /** How alike a model and the one before rank the same answers, at least: at 0.5, their rankings are unrelated. */
  consistency: 0.5,
} as const

/** How many of the prompts gave a pair, and on how many the judge decides. Null: not known. */
interface Decided {
  readonly yield: number | null
  readonly decidedShare: number | null
}

/** Whether few prompts gave a pair because the judge decides on few, and not because the recipe's rules leave out most pairs. */
export const isLowYield = ({ yield: share, decidedShare }: Decided): boolean =>
  share !== null && Math.max(share, decidedShare ?? 0) < failureLimits.yield

/** The mean length of responses as a multiple of the first iteration's; null: not known. */
export const driftOf = (now: number | null | undefined, first: number | null | undefined): number | null =>
  now == null || first == null || first === 0 ? null : now / first

export const isDrift = (drift: number | null): boolean => drift !== null && (drift > failureLimits.drift || drift < 1 / failureLimits.drift)

/** Figures of a model as its own judge. Null: not known. */
interface Rewards {
  readonly meanReward: number | null
  readonly topShare: number | null
  readonly rewardSpread: number | null
}

/** Whether rewards no longer distinguish: most are at the top, or they vary much less than in the first iteration. */
export const isSaturated = ({ topShare, rewardSpread }: Rewards, first: Pick<Rewards, 'rewardSpread'>): boolean =>
  (topShare !== null && topShare > failureLimits.topShare) || hasCollapsed(rewardSpread, first.rewardSpread)

export const hasCollapsed = (spread: number | null, first: number | null): boolean =>
  spread !== null && first !== null && spread < failureLimits.spread * first

/** A share that a program measures, of a model and of the one before. */
interface OutsideFigure {
  readonly now: number
  readonly before: number
  /** How much it may fall by chance. */
  readonly noise?: number
}

/** Whether the model's own reward rose while a figure measured from outside fell, both from the model before. */
export function isDivergence(now: Rewards, before: Rewards, outside: OutsideFigure): boolean {
  if (now.meanReward === null || before.meanReward === null) return false
  const rise = now.meanReward - before.meanReward
  return (
    rise > failureLimits.rewardRise * (before.rewardSpread ?? 0) &&
    outside.before - outside.now > Math.max(failureLimits.outsideFall, outside.noise ?? 0)
  )
}

/** Whether the judge goes by the place of a response: often, or more often than in the first iteration. */
export const isFlipping = (now: number | null | undefined, first: number | null | undefined): boolean =>
  now != null && (now > failureLimits.flips || (first != null && now - first > failureLimits.flipRise))

/** Whether rewards follow the policy's log-probabilities more than in the first iteration. */
export const isCoupling = (now: number | null, first: number | null): boolean =>
  now !== null && first !== null && now - first > failureLimits.couplingRise

/** The figure of an evaluation from outside that the guards watch: its first one, of which more is better. */
export const watchedFigure = (result: Readonly<Record<string, number | null>>): number | null => Object.values(result)[0] ?? null

/** One standard error of the difference between two watched shares; 0 if their numbers of prompts aren't known. */
export function fallNoise(now: Readonly<Record<string, number | null>>, before: Readonly<Record<string, number | null>>): number {
  const variances = [now, before].map((result) => {
    const [share, n] = [watchedFigure(result), result.prompts]
    return share === null || !n ? 0 : (share * (1 - share)) / n
  })
  return Math.sqrt(variances[0] + variances[1])
}
