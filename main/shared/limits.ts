/**
 * Upper limits of recipe and training values: far above anything sensible, and low enough that no count, product or estimate overflows. A
 * value above its limit is a typo, and the error names its key.
 */
export const limits = {
  iterations: 1_000,
  /** Tokens of a text or of a response. */
  tokens: 1_048_576,
  /** Characters or words of a text. */
  characters: 100_000_000,
  /** Rows of data, prompts per iteration, steps. */
  rows: 100_000_000,
  /** Candidates per prompt, judgements per response, ticks, demonstrations. */
  samples: 1_000,
  /** Sequences or examples computed together. */
  batch: 65_536,
  epochs: 10_000,
  /** Temperatures, weights, norms and other factors. */
  factor: 1_000_000,
  learningRate: 1_000,
  rank: 65_536,
  threads: 4_096,
} as const
