/** A comparison of a response with another in both orders, by the log-odds of a verdict for it rather than for the other. */
interface BothOrders {
  /** With the response shown first. */
  readonly shown: number
  /** With the response shown second. */
  readonly swapped: number
}

/**
 * How much a judge prefers the response, in log-odds, averaged over both orders: a constant preference for the first place cancels.
 * 0: a tie. The same sign as that of the mean probability of winning (Wang et al. 2024, balanced position calibration, arXiv 2305.17926).
 */
export const preferenceOf = ({ shown, swapped }: BothOrders): number => (shown + swapped) / 2

/** Whether the verdict depends on the order: the two orders don't name the same response. */
export const isFlipped = ({ shown, swapped }: BothOrders): boolean => Math.sign(shown) !== Math.sign(swapped)

/** The Copeland share of a response: comparisons won, ties as half, from its preferences over the others. Null without any. */
export function copelandShare(preferences: readonly number[]): number | null {
  if (preferences.length === 0) return null
  return preferences.reduce((sum, preference) => sum + (preference > 0 ? 1 : preference < 0 ? 0 : 0.5), 0) / preferences.length
}
