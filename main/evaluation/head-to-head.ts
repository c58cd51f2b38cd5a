import { type Interval, wilsonInterval } from './agreement.ts'
import type { Verdict } from './parse-verdict.ts'

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
