/**
 * The probability of yes rather than no, from their log-probabilities as the next token: p(yes) / (p(yes) + p(no)). Null if neither has any
 * probability: the judgement counts as unparsed and isn't replaced by a number.
 */
export function yesProbability([yes, no]: readonly number[]): number | null {
  const share = 1 / (1 + Math.exp(no - yes))
  return Number.isNaN(share) ? null : share
}
