import type { ProbeFigures } from '../shared/probed-judge.ts'
import { wilsonInterval } from './agreement.ts'
import { characters } from './reward-metrics.ts'

/** A human-ranked answer (0 is the best) and a judge's reward; null: unreadable. */
export interface ProbedAnswer {
  readonly text: string
  readonly rank: number
  readonly reward: number | null
}

/** Two answers to one prompt, the first of which humans rank higher. */
export type ProbedPair = readonly [better: ProbedAnswer, worse: ProbedAnswer]

/** All pairs of a prompt's answers with different ranks. */
export const rankedPairs = (answers: readonly ProbedAnswer[]): ProbedPair[] =>
  answers.flatMap((better) => answers.flatMap((worse): ProbedPair[] => (better.rank < worse.rank ? [[better, worse]] : [])))

/** The longer answer has at most this many times the characters of the shorter one (SERL, arXiv 2511.07922: within a fifth). */
const matchedRatio = 1.25

/** Whether two answers are of similar length: what a judge knows about such a pair, it doesn't know from the length. */
export function isLengthMatched([better, worse]: ProbedPair): boolean {
  const [shorter, longer] = [characters(better.text), characters(worse.text)].sort((a, b) => a - b)
  return shorter > 0 && longer <= matchedRatio * shorter
}

export function probeFigures(pairs: readonly ProbedPair[]): ProbeFigures {
  const n = pairs.length
  const outcomes = pairs.map(([better, worse]) =>
    better.reward === null || worse.reward === null ? null : Math.sign(better.reward - worse.reward),
  )
  const count = (outcome: number | null): number => outcomes.filter((other) => other === outcome).length
  const [ties, unreadable] = [count(0), count(null)]
  const right = count(1) + (ties + unreadable) / 2
  const share = (of: number): number | null => (n === 0 ? null : of / n)
  return { pairs: n, accuracy: share(right), interval: wilsonInterval(right, n), ties: share(ties), unreadable: share(unreadable) }
}

/** A judge's figures on the pairs of similar length, by which judges are compared. */
interface Contender {
  /** A control (random, length) is never recommended. */
  readonly isControl: boolean
  readonly matched: ProbeFigures
}

/**
 * The judge with the highest lower bound on pairs of similar length, if that is above one half; undefined: none is better than chance. The
 * bound of the best of several judges is optimistic, so a narrow win means little.
 */
export function recommended<Judge extends Contender>(judges: readonly Judge[]): Judge | undefined {
  const able = judges.filter(({ isControl, matched }) => !isControl && matched.interval.low > 0.5)
  return able.toSorted((a, b) => b.matched.interval.low - a.matched.interval.low)[0]
}
