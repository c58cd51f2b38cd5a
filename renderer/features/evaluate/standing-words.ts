import type { ModelStanding, VoterStandings } from '../../../main/shared/contract/evaluations-contract.ts'

/** A strength and its interval; without a strength, a dash. */
export function strengthText(strength: ModelStanding['strength']): { readonly points: string; readonly interval: string } {
  if (strength === null) return { points: '–', interval: '' }
  const { points, low, high } = strength
  if (low === null && high === null) return { points: signed(points), interval: '(no limits)' }
  const end = (value: number | null): string => (value === null ? 'no limit' : signed(value))
  return { points: signed(points), interval: `(${end(low)} to ${end(high)})` }
}

const signed = (points: number): string => `${points > 0.5 ? '+' : points < -0.5 ? '−' : ''}${Math.abs(Math.round(points))}`

/** Why the strengths of two models that follow each other don't compare; null: they do. */
export function separationText(above: Pick<ModelStanding, 'part' | 'group'>, below: Pick<ModelStanding, 'part' | 'group'>): string | null {
  if (above.part !== below.part) return 'Never compared with the models above, directly or through others: their order is unknown.'
  if (above.group !== below.group)
    return 'Separated: no model below won or tied against one above, so how far apart they are can’t be estimated.'
  return null
}

/** The voters of whose models another voter has compared some: only their strengths can stand side by side. */
export function comparableVoters(voters: readonly VoterStandings[]): VoterStandings[] {
  const times = new Map<string, number>()
  for (const { model } of voters.flatMap(({ models }) => models)) times.set(model, (times.get(model) ?? 0) + 1)
  return voters.filter(({ models }) => models.some(({ model }) => times.get(model)! > 1))
}
