import type { Sampling } from '../../../main/shared/engine-protocol.ts'

/** Maximum rounding error of a float32 log-probability: a hundred times what products of other shapes were observed to cause. */
export const ROUNDING = 1e-4

/**
 * Whether a draw can yield this token, up to rounding: if all log-probabilities change by at most `rounding`, the draw could yield it.
 * Independent of the sampler: a token's share of [0, 1) starts after all tokens that are certainly likelier, and ends after all that might
 * be. The nucleus may end a token earlier or later if its mass is within rounding of top_p.
 */
export function isDrawn(
  logprobs: readonly number[],
  token: number,
  draw: number,
  { greedy, temperature, topP, topK }: Pick<Sampling, 'greedy' | 'temperature' | 'topP' | 'topK'>,
  rounding = ROUNDING,
): boolean {
  const best = Math.max(...logprobs)
  if (greedy || temperature === 0) return logprobs[token] >= best - 2 * rounding
  const slack = (2 * rounding) / temperature // of a ratio of two weights
  const weights = logprobs.map((logprob) => Math.exp((logprob - best) / temperature))
  const falling = weights.toSorted((a, b) => b - a)
  const own = weights[token]
  const surelyBefore = sum(weights.filter((weight) => weight > own * (1 + slack)))
  const perhapsBefore = sum(weights.filter((weight) => weight >= own * (1 - slack))) - own
  return nuclei(falling, topP, topK, slack).some(({ mass, lightest }) => {
    const place = draw * mass
    if (own < lightest * (1 - slack)) return false // outside the nucleus
    return place >= surelyBefore - slack * mass && place <= perhapsBefore + own + slack * mass
  })
}

/** All possible nuclei: their mass and the weight of their least likely token. */
function nuclei(falling: readonly number[], topP: number, topK: number, slack: number): { mass: number; lightest: number }[] {
  const candidates = topK > 0 ? falling.slice(0, topK) : falling
  const total = sum(candidates)
  return [topP - slack, topP, topP + slack].map((share) => {
    let mass = 0
    let kept = 0
    while (kept < candidates.length && (kept === 0 || mass < share * total)) mass += candidates[kept++]
    return { mass, lightest: candidates[kept - 1] }
  })
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
