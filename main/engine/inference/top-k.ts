/** Unnormalized probabilities `exp((logit - max) / T)`, and tokens bucketed by them. */
export interface Weighed {
  readonly weights: Float64Array
  /** Class c holds weights from e^(-(c + 1) / 16) to e^(-c / 16); the last class holds all smaller ones. */
  readonly classes: Uint16Array
}

const CLASSES = 1024
const PER_NAT = 16

export function weigh(logits: Float32Array, temperature: number): Weighed {
  let max = Number.NEGATIVE_INFINITY
  for (const logit of logits) if (logit > max) max = logit
  const weights = new Float64Array(logits.length)
  const classes = new Uint16Array(logits.length)
  for (let i = 0; i < logits.length; i++) {
    const below = (max - logits[i]) / temperature
    weights[i] = Math.exp(-below)
    classes[i] = Math.min(CLASSES - 1, below * PER_NAT)
  }
  return { weights, classes }
}

export function sumOf(weights: Float64Array): number {
  let sum = 0
  for (const weight of weights) sum += weight
  return sum
}

/** A number of tokens, or enough tokens for a share of the mass (possibly a few more). */
export type Amount = { readonly count: number } | { readonly share: number }

/** Upper bound on rounding differences between summation orders. */
const SLACK = 1e-9

/**
 * The mostLikely tokens by descending weight (lower id first among equals), at least the amount requested. Sorting a whole vocabulary would
 * take longer than computing it, so only the classes that are needed are sorted.
 */
export function mostLikely({ weights, classes }: Weighed, amount: Amount): number[] {
  const content = new Float64Array(CLASSES)
  for (let id = 0; id < weights.length; id++) content[classes[id]] += 'count' in amount ? 1 : weights[id]
  let left = 'count' in amount ? amount.count : amount.share * sumOf(content)
  const slack = SLACK * left
  let lightest = 0
  while (lightest < CLASSES - 1 && left + slack > content[lightest]) left -= content[lightest++]
  const kept: number[] = []
  for (let id = 0; id < weights.length; id++) if (classes[id] <= lightest) kept.push(id)
  kept.sort((a, b) => weights[b] - weights[a] || a - b)
  return 'count' in amount ? kept.slice(0, amount.count) : kept
}
