import { personAgreement, type Side, type Vote } from '../evaluation/person-agreement.ts'
import type { VoteRow } from '../store/reviews.ts'
import type { Agreement } from './contract/review.ts'

/** Converts a decision to a vote. "First" is the response sampled first, so that sides are independent of the judge. */
function voteOf({ decision, chosenId, rejectedId, chosenLength, rejectedLength }: VoteRow): Vote {
  const [judge, other]: Side[] = chosenId < rejectedId ? ['first', 'second'] : ['second', 'first']
  const person = decision === 'agree' ? judge : decision === 'swap' ? other : null
  const longer = chosenLength === rejectedLength ? null : chosenLength > rejectedLength ? judge : other
  return { judge, person, longer }
}

/** Agreement between user and judge over these decisions. */
export const agreementOf = (rows: readonly VoteRow[]): Agreement => ({
  ...personAgreement(rows.map(voteOf)),
  blind: rows.filter(({ blind, decision }) => blind === 1 && (decision === 'agree' || decision === 'swap')).length,
})
