import { expect, test } from 'vitest'
import type { ReviewCandidate } from '../../../main/shared/contract/review-contract.ts'
import { type EditDraft, editOf } from '../../../renderer/features/review/drafts.ts'
import { roleAt, type Sides } from '../../../renderer/features/review/sides.ts'

const candidate = (id: number, text: string): ReviewCandidate => ({
  ...{ id, sample: id, model: 'M1', text, tokens: 1, finishReason: 'stop', judgements: [], judgeReward: null, reward: null, parts: null },
})
const [chosen, rejected] = [candidate(1, 'as chosen'), candidate(2, 'as rejected')]
const open: Sides = { left: chosen, right: rejected, chosenIsLeft: true }
const mixed: Sides = { left: rejected, right: chosen, chosenIsLeft: false }
const draft: EditDraft = { chosen: 'better written', rejected: 'as rejected', better: 'chosen' }

test('a draft follows its response to either side', () => {
  expect(roleAt(open, 'left')).toBe('chosen')
  expect(roleAt(mixed, 'left')).toBe('rejected')
  expect(editOf(draft, mixed)).toEqual(editOf(draft, open))
})

test('an edit sends only the changed text', () => {
  expect(editOf(draft, open)).toEqual({ decision: 'edit', chosenText: 'better written', rejectedText: null, reversed: false })
})

test('if the rejected response is marked as better, its text trains as chosen', () => {
  expect(editOf({ ...draft, rejected: 'the best', better: 'rejected' }, mixed)).toEqual({
    decision: 'edit',
    chosenText: 'the best',
    rejectedText: 'better written',
    reversed: true,
  })
})
