import { type Choice, type ChosenSettings, choosable, type RatedCandidate } from './pair-rule.ts'

/** Every candidate against every one with a lower reward, the widest gap first. The recipe's `min_gap` is the margin. */
export function allAboveMargin(candidates: readonly RatedCandidate[], settings: ChosenSettings): Choice[] {
  const choices = choosable(candidates, settings).flatMap((chosen) =>
    candidates.filter(({ reward }) => reward < chosen.reward).map((rejected): Choice => [chosen, rejected]),
  )
  return choices.sort((a, b) => gapOf(b) - gapOf(a)) // stable: in the order of sampling among equals
}

const gapOf = ([chosen, rejected]: Choice): number => chosen.reward - rejected.reward
