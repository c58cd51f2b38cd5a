import { characters } from '../../evaluation/reward-metrics.ts'
import { type Choice, type ChosenSettings, choosable, type PairSettings, type RatedCandidate } from './pair-rule.ts'

/**
 * The shortest of the good candidates against the longest of the bad ones (Wu et al. 2024, Meta-Rewarding): good are rewards in
 * [(1 - rho) max + rho min, max], bad are those in [min, (1 - rho) min + rho max]. With rho 0, the highest against the lowest reward.
 */
export function lengthControlled(candidates: readonly RatedCandidate[], settings: ChosenSettings & Pick<PairSettings, 'rho'>): Choice[] {
  const { rho } = settings
  const mayBeChosen = choosable(candidates, settings)
  if (mayBeChosen.length === 0) return []
  const max = Math.max(...mayBeChosen.map(({ reward }) => reward))
  const min = Math.min(...candidates.map(({ reward }) => reward))
  const from = Math.min(max, (1 - rho) * max + rho * min) // which rounding can push past the maximum
  const to = Math.max(min, (1 - rho) * min + rho * max)
  const shortest = byLength(mayBeChosen.filter(({ reward }) => reward >= from))
  const longest = byLength(candidates.filter(({ reward }) => reward <= to).toReversed()).toReversed()
  return [[shortest[0], longest[0]]] // the first one sampled among equals
}

const byLength = (candidates: readonly RatedCandidate[]): RatedCandidate[] =>
  candidates.toSorted((a, b) => characters(a.text) - characters(b.text))
