/** A proportion's confidence interval. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The 97.5% quantile of the standard normal distribution. */
const z95 = 1.959963984540054

/**
 * The 95% interval of a proportion (Wilson 1927), without continuity correction: with p = wins / n,
 *
 *     (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * Half wins (ties) are allowed. They make the interval slightly too wide, since a half varies less than a coin toss. Without observations
 * the interval is [0, 1].
 */
export function wilsonInterval(wins: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 }
  const p = wins / n
  const z2 = (z95 * z95) / n
  const center = p + z2 / 2
  const spread = z95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))
  // Exact ends for no wins and for only wins, which rounding would miss.
  return { low: wins === 0 ? 0 : (center - spread) / (1 + z2), high: wins === n ? 1 : (center + spread) / (1 + z2) }
}

/**
 * Cohen's kappa of two raters' labels for the same items: (observed - expected agreement) / (1 - expected agreement), unweighted. Null if
 * undefined: no labels, or both raters always gave the same single label.
 */
export function cohenKappa<Label>(a: readonly Label[], b: readonly Label[]): number | null {
  const n = a.length
  const countA = counts(a)
  const countB = counts(b)
  let expected = 0 // agreement by chance, times n
  for (const [label, count] of countA) expected += count * (countB.get(label) ?? 0)
  if (expected === n * n) return null
  const observed = a.filter((label, i) => label === b[i]).length
  return (observed * n - expected) / (n * n - expected)
}

function counts<Label>(labels: readonly Label[]): Map<Label, number> {
  const result = new Map<Label, number>()
  for (const label of labels) result.set(label, (result.get(label) ?? 0) + 1)
  return result
}
