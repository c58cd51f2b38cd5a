import { cohenKappa, type Interval, wilsonInterval } from './agreement.ts'

/** One of two responses; which is the first must not depend on what the judge said. */
export type Side = 'first' | 'second'

/** What was said of two responses: by the judge, by a person, and by a judge that knows only length. */
export interface Vote {
  readonly judge: Side
  /** Null: the person found neither better. */
  readonly person: Side | null
  /** Null: both are equally long. */
  readonly longer: Side | null
}

export interface PersonAgreement {
  /** Votes that prefer one response. */
  readonly n: number
  /** Votes that prefer neither (tie, both bad): the judge always prefers one of a pair, so they are counted here and nowhere else. */
  readonly ties: number
  /** Share of the n in which the judge prefers what the person prefers; null where there is none. */
  readonly accuracy: number | null
  /** 95% (Wilson). */
  readonly interval: Interval
  /** Cohen's kappa of "the first is better" and "the second is better"; null where it is undefined. */
  readonly kappa: number | null
  /** The same share for "the longer one is better"; equal lengths count as wrong, as in the tables of reward models. */
  readonly lengthAccuracy: number | null
  readonly lengthKappa: number | null
}

/** How far the judge sees what a person sees, beside a judge that only measures length: a judge that does no better than that knows nothing else. */
export function personAgreement(votes: readonly Vote[]): PersonAgreement {
  const decided = votes.flatMap(({ judge, person, longer }) => (person === null ? [] : [{ judge, person, longer }]))
  const n = decided.length
  const agreed = decided.filter(({ judge, person }) => judge === person).length
  const longerAgreed = decided.filter(({ longer, person }) => longer === person).length
  const people = decided.map(({ person }) => person)
  return {
    n,
    ties: votes.length - n,
    accuracy: n === 0 ? null : agreed / n,
    interval: wilsonInterval(agreed, n),
    kappa:
      n === 0
        ? null
        : cohenKappa<Side>(
            people,
            decided.map(({ judge }) => judge),
          ),
    lengthAccuracy: n === 0 ? null : longerAgreed / n,
    lengthKappa:
      n === 0
        ? null
        : cohenKappa<Side | null>(
            people,
            decided.map(({ longer }) => longer),
          ),
  }
}
