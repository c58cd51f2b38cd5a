import { generators } from '../common/random.ts'

/** The generator that the bundled model's data was drawn with: another would mix its test prompts with those that it was trained on. */
export const { deriveSeed, uniform } = generators.murmur

/** A sequence of random draws from one seed, to build one item (a prompt, an answer, a document) from many small choices. */
export interface Draws {
  /** Uniform in [0, 1). */
  next(): number
  chance(probability: number): boolean
  /** Uniform over 0 .. n - 1. */
  below(n: number): number
  /** One element of a list, or one character of a string. */
  pick<T>(from: ArrayLike<T>): T
}

export function drawsOf(seed: number): Draws {
  let counter = 0
  const next = (): number => uniform(seed, counter++)
  const below = (n: number): number => Math.floor(next() * n)
  return { next, below, chance: (probability) => next() < probability, pick: (from) => from[below(from.length)] }
}
