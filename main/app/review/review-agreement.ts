import { type Side, userAgreement, type Vote } from '../../evaluation/user-agreement.ts'
import type { Agreement } from '../../shared/contract/review-contract.ts'
import type { VoteRow } from '../../store/tables/reviews-table.ts'

/** Converts a decision to a vote. "First" is the response sampled first, so that sides are independent of the judge. */
function voteOf({ decision, chosenId, rejectedId, chosenLength, rejectedLength }: VoteRow): Vote {
  const [judge, other]: Side[] = chosenId < rejectedId ? ['first', 'second'] : ['second', 'first']
  const person = decision === 'agree' ? judge : decision === 'swap' ? other : null
  const longer = chosenLength === rejectedLength ? null : chosenLength > rejectedLength ? judge : other
  return { judge, person, longer }
}

/** Agreement between user and judge over these decisions. */
export const agreementOf = (rows: readonly VoteRow[]): Agreement => ({
  ...userAgreement(rows.map(voteOf)),
  blind: rows.filter(({ blind, decision }) => blind === 1 && (decision === 'agree' || decision === 'swap')).length,
})
