/**
 * Upper limits of what a recipe or a training may ask for: far above anything sensible, and low enough that no count, product or estimate of
 * them overflows a list, a number or an afternoon. What exceeds one is a slip of the keyboard, told by its key.
 */
export const limits = {
  iterations: 1_000,
  /** Of a text, and of what may be generated. */
  tokens: 1_048_576,
  /** Characters or words of a text. */
  characters: 100_000_000,
  /** Rows of data, prompts of an iteration, steps. */
  rows: 100_000_000,
  /** Candidates of a prompt, judgements of a response, ticks, demonstrations. */
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
