import type { Choice, RatedCandidate } from './pair-rule.ts'

/** Highest reward against lowest (paper, section 2.2), the first one among equals. */
export function bestVersusWorst(candidates: readonly RatedCandidate[]): Choice[] {
  const [first] = candidates
  if (first === undefined) return []
  let [best, worst] = [first, first]
  for (const candidate of candidates) {
    if (candidate.reward > best.reward) best = candidate
    if (candidate.reward < worst.reward) worst = candidate
  }
  return [[best, worst]]
}
