import { type Choice, type ChosenSettings, choosable, type RatedCandidate } from './pair-rule.ts'

/** Highest reward against lowest (paper, section 2.2), the first one among equals. */
export function bestVersusWorst(candidates: readonly RatedCandidate[], settings: ChosenSettings): Choice[] {
  const mayBeChosen = choosable(candidates, settings)
  const [first] = mayBeChosen
  if (first === undefined) return []
  let [best, worst] = [first, candidates[0]]
  for (const candidate of mayBeChosen) if (candidate.reward > best.reward) best = candidate
  for (const candidate of candidates) if (candidate.reward < worst.reward) worst = candidate
  return [[best, worst]]
}
