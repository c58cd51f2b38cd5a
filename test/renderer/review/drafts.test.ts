import { expect, test } from 'vitest'
import type { ReviewCandidate } from '../../../main/api/contract/review.ts'
import { type EditDraft, editOf } from '../../../renderer/features/review/drafts.ts'
import { roleAt, type Sides } from '../../../renderer/features/review/sides.ts'

const candidate = (id: number, text: string): ReviewCandidate => ({
  ...{ id, sample: id, text, tokens: 1, finishReason: 'stop', judgements: [], judgeReward: null, reward: null },
})
const [chosen, rejected] = [candidate(1, 'as chosen'), candidate(2, 'as rejected')]
const open: Sides = { left: chosen, right: rejected, chosenIsLeft: true }
const mixed: Sides = { left: rejected, right: chosen, chosenIsLeft: false }
const draft: EditDraft = { chosen: 'better written', rejected: 'as rejected', better: 'chosen' }

test('a draft belongs to its response, whichever side that stands on', () => {
  expect(roleAt(open, 'left')).toBe('chosen')
  expect(roleAt(mixed, 'left')).toBe('rejected')
  expect(editOf(draft, mixed)).toEqual(editOf(draft, open))
})

test('an edit sends only the text that was changed', () => {
  expect(editOf(draft, open)).toEqual({ decision: 'edit', chosenText: 'better written', rejectedText: null, reversed: false })
})

test('where the rejected one is better by then, its text is what trains as chosen', () => {
  expect(editOf({ ...draft, rejected: 'the best', better: 'rejected' }, mixed)).toEqual({
    decision: 'edit',
    chosenText: 'the best',
    rejectedText: 'better written',
    reversed: true,
  })
})
