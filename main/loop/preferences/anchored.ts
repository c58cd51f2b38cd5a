import { bestVersusWorst } from './best-versus-worst.ts'
import type { Choice, ChosenSettings, RatedCandidate } from './pair-rule.ts'

/**
 * The best of the model's own candidates against the worst of M0's (Wang et al. 2025, Temporal Self-Rewarding): the rejected response stays
 * as bad as it was at the start, so the two don't become alike as the model gets better.
 */
export function anchored(candidates: readonly RatedCandidate[], settings: ChosenSettings): Choice[] {
  const part = (isOfM0: boolean): RatedCandidate[] => candidates.filter(({ isAnchor = false }) => isAnchor === isOfM0)
  const [own] = bestVersusWorst(part(false), settings)
  const [anchor] = bestVersusWorst(part(true), { endings: 'any', chosen_distinct: 0 })
  return own === undefined || anchor === undefined ? [] : [[own[0], anchor[1]]]
}
