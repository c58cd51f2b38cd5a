import { type LabelAgreement, labelAgreement } from './label-agreement.ts'

/** One of two responses. Their order must not depend on the judge. */
export type Side = 'first' | 'second'

/** The preferences on two responses: the judge's, the user's, and by length alone. */
export interface Vote {
  readonly judge: Side
  /** Null: the user preferred neither. */
  readonly user: Side | null
  /** Null: both are equally long. */
  readonly longer: Side | null
}

interface UserAgreement extends LabelAgreement {
  /** Votes that prefer neither (tie, both bad). The judge always prefers one of a pair, so they count nowhere else. */
  readonly ties: number
}

/**
 * The judge's agreement with the user over the n votes that prefer one response, next to that of length alone: a judge that does no better than
 * length adds nothing. Equal lengths count as wrong, as usual for reward models.
 */
export function userAgreement(votes: readonly Vote[]): UserAgreement {
  const decided = votes.flatMap(({ judge, user, longer }) => (user === null ? [] : [{ judge, user, longer: longer ?? 'equal' }]))
  const labelsOf = (by: 'judge' | 'user' | 'longer'): string[] => decided.map((vote) => vote[by])
  return { ...labelAgreement(labelsOf('judge'), labelsOf('user'), labelsOf('longer')), ties: votes.length - decided.length }
}
