import { cohenKappa, type Interval, wilsonInterval } from './agreement.ts'

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

interface UserAgreement {
  /** Votes that prefer one response. */
  readonly n: number
  /** Votes that prefer neither (tie, both bad). The judge always prefers one of a pair, so they count nowhere else. */
  readonly ties: number
  /** Share of the n votes in which judge and user agree; null if n is 0. */
  readonly accuracy: number | null
  /** 95% (Wilson). */
  readonly interval: Interval
  /** Cohen's kappa of "the first is better" and "the second is better"; null if undefined. */
  readonly kappa: number | null
  /** Accuracy of the side that users prefer most often, for every pair. Its kappa is 0. */
  readonly constantAccuracy: number | null
  /** The same share for "longer is better"; equal lengths count as wrong, as usual for reward models. */
  readonly lengthAccuracy: number | null
  readonly lengthKappa: number | null
}

/** The judge's agreement with the user, next to that of length alone: a judge that does no better than length adds nothing. */
export function userAgreement(votes: readonly Vote[]): UserAgreement {
  const decided = votes.flatMap(({ judge, user, longer }) => (user === null ? [] : [{ judge, user, longer }]))
  const n = decided.length
  const agreed = decided.filter(({ judge, user }) => judge === user).length
  const longerAgreed = decided.filter(({ longer, user }) => longer === user).length
  const users = decided.map(({ user }) => user)
  return {
    n,
    ties: votes.length - n,
    accuracy: n === 0 ? null : agreed / n,
    interval: wilsonInterval(agreed, n),
    kappa:
      n === 0
        ? null
        : cohenKappa<Side>(
            users,
            decided.map(({ judge }) => judge),
          ),
    constantAccuracy:
      n === 0 ? null : Math.max(...(['first', 'second'] as const).map((side) => users.filter((user) => user === side).length)) / n,
    lengthAccuracy: n === 0 ? null : longerAgreed / n,
    lengthKappa:
      n === 0
        ? null
        : cohenKappa<Side | null>(
            users,
            decided.map(({ longer }) => longer),
          ),
  }
}
