import { mean } from '../common/numbers.ts'
import { type Interval, wilsonInterval } from './agreement.ts'
import { logisticRegression } from './logistic-regression.ts'
import type { Verdict } from './parse-verdict.ts'

/** One annotated comparison, as AlpacaEval writes it: a judge's preference and the two outputs' lengths in characters. */
export interface Annotation {
  /** In [1, 2]: 1 for the baseline's output, 2 for the model's, 1.5 (or 0 in an old format) for a draw. */
  readonly preference: number
  readonly baselineLength: number
  readonly modelLength: number
}

/** AlpacaEval's figures for one model. Rates are percentages. */
export interface WinRate {
  readonly n: number
  /** Mean preference for the model. */
  readonly winRate: number
  /** Standard error of that mean, from the sample standard deviation; null for a single annotation. */
  readonly standardError: number | null
  readonly wins: number
  readonly draws: number
  /** The win rate with preferences rounded to win, draw (one half), and loss. */
  readonly discreteWinRate: number
  /** The two parameters of the length model, and the win rate at equal lengths; null if no finite fit exists. */
  readonly lengthCoefficient: number | null
  readonly bias: number | null
  readonly lengthControlledWinRate: number | null
}

/**
 * AlpacaEval's win rates, and the simplest form of its length control (Dubois et al. 2024): an unregularized logistic regression of the
 * soft preference on tanh((baseline length - model length) / standard deviation) and a constant. At equal lengths the first term vanishes,
 * so the length-controlled win rate is sigmoid(constant). `annotations` must not be empty.
 */
export function winRate(annotations: readonly Annotation[]): WinRate {
  const n = annotations.length
  const preferences = annotations.map(({ preference }) => (preference === 0 ? 0.5 : preference - 1))
  const wins = preferences.filter((p) => p > 0.5).length
  const draws = preferences.filter((p) => p === 0.5).length
  const fit = fitLength(annotations, preferences)
  return {
    n,
    winRate: 100 * mean(preferences),
    standardError: n === 1 ? null : 100 * Math.sqrt(variance(preferences) / n),
    wins,
    draws,
    discreteWinRate: (100 * (wins + draws / 2)) / n,
    lengthCoefficient: fit?.[0] ?? null,
    bias: fit?.[1] ?? null,
    lengthControlledWinRate: fit === null ? null : 100 / (1 + Math.exp(-fit[1])),
  }
}

/** [length coefficient, bias], or null if the data don't determine them. */
function fitLength(annotations: readonly Annotation[], preferences: readonly number[]): number[] | null {
  const differences = annotations.map(({ baselineLength, modelLength }) => baselineLength - modelLength)
  const deviation = Math.sqrt(variance(differences))
  if (!(deviation > 0)) return null
  return logisticRegression(
    differences.map((difference) => [Math.tanh(difference / deviation), 1]),
    preferences,
  )
}

/** The sample variance (dividing by n - 1); NaN for a single value. */
function variance(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}

export type Outcome = 'win' | 'tie' | 'loss'

/** A model and its opponent compared on one prompt. A verdict is null if it couldn't be parsed. */
export interface BothOrders {
  /** The verdict with the model's answer shown as A. */
  readonly first: Verdict | null
  /** The verdict with the model's answer shown as B. */
  readonly second: Verdict | null
}

/**
 * The outcome of two verdicts on the same answers in both orders: a side wins only if both orders name it, and a disagreement is a tie
 * (Yuan et al. 2024, section 3.1). Null if either verdict couldn't be parsed.
 */
export function outcomeOf({ first, second }: BothOrders): Outcome | null {
  if (first === null || second === null) return null
  if (first === 'A' && second === 'B') return 'win'
  if (first === 'B' && second === 'A') return 'loss'
  return 'tie'
}

/** The outcome of comparing two rewards; null if one is missing. */
export function outcomeOfRewards(model: number | null, opponent: number | null): Outcome | null {
  if (model === null || opponent === null) return null
  return model > opponent ? 'win' : model < opponent ? 'loss' : 'tie'
}

export interface HeadToHead {
  readonly wins: number
  readonly ties: number
  readonly losses: number
  /** Prompts with unparsed verdicts, which count nowhere else. */
  readonly unreadable: number
  /** (wins + ties / 2) / n over the parsed prompts, in [0, 1]; null without any. */
  readonly winRate: number | null
  /** Wilson's 95% interval of `winRate`. Ties vary less than wins and losses, so it is conservative. */
  readonly interval: Interval
  /** Share of the two-order verdicts that named the same position (A or B) both times: the judge's position bias. Null without any. */
  readonly positionBias: number | null
}

/** Counts the outcomes of a comparison judged in both orders. */
export function headToHead(prompts: readonly BothOrders[]): HeadToHead {
  const readable = prompts.filter((prompt) => outcomeOf(prompt) !== null)
  const samePlace = readable.filter(({ first, second }) => first === second && first !== 'tie').length
  return { ...countOutcomes(prompts.map(outcomeOf)), positionBias: readable.length === 0 ? null : samePlace / readable.length }
}

/** Counts outcomes of any kind of comparison. */
export function countOutcomes(outcomes: readonly (Outcome | null)[]): Omit<HeadToHead, 'positionBias'> {
  const count = (outcome: Outcome | null) => outcomes.filter((other) => other === outcome).length
  const wins = count('win')
  const ties = count('tie')
  const losses = count('loss')
  const n = wins + ties + losses
  const points = wins + ties / 2
  return { wins, ties, losses, unreadable: count(null), winRate: n === 0 ? null : points / n, interval: wilsonInterval(points, n) }
}
