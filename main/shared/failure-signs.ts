/** Limits beyond which main warns of a known failure sign of self-rewarding training, and the window marks it. */
export const failureLimits = {
  /** Pairs per prompt, at least: below, the judge hardly distinguishes the answers. */
  yield: 0.2,
  /** Share of the judgements, at most: above, the judge doesn't follow the format. */
  parseFailures: 0.2,
  /** Growth of the responses from one iteration to the next, at most: above, the judge may reward length. */
  growth: 0.5,
} as const
