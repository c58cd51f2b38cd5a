import { type ReviewReason, reviewReason } from '../../../main/shared/review-reasons.ts'
import type { ActionInfo } from '../../actions/action.ts'
import { reasonActions, sayWhy } from '../../components/why/reason-actions.ts'
import type { ArenaVote } from './arena-store.ts'

/** A vote on a pair. */
interface VoteAction extends ActionInfo {
  readonly vote: ArenaVote
}

const group = 'Vote'

export const votes: readonly VoteAction[] = [
  { vote: 'A', name: 'vote-a', title: 'A is better', keys: ['1'], group },
  { vote: 'B', name: 'vote-b', title: 'B is better', keys: ['2'], group },
  { vote: 'tie', name: 'vote-tie', title: 'Tie', keys: ['t'], group },
  { vote: 'both-bad', name: 'vote-both-bad', title: 'Both bad', keys: ['x'], group },
  { vote: 'skip', name: 'vote-skip', title: 'Skip', keys: ['s'], group },
]
/** A reason for a vote. */
interface ReasonAction extends ActionInfo {
  readonly name: ReviewReason
}

export const reasons: readonly ReasonAction[] = reviewReason.options.map((name) => ({ name, ...reasonActions[name] }))
export const why = { name: 'why', ...sayWhy, hint: 'A reason in your own words, saved with your vote.' } satisfies ActionInfo

export const undoVote = { name: 'undo-vote', title: 'Undo', keys: ['u'], group, hint: 'Undo your vote on this pair.' } satisfies ActionInfo
export const nextPair = { name: 'next-pair', title: 'Next pair', keys: ['Enter'], group } satisfies ActionInfo

export const stopWriting = { name: 'stop-writing', title: 'Stop', keys: ['Escape'], group } satisfies ActionInfo

/** All actions of a round, for the shortcuts dialog. */
export const arenaActions: readonly ActionInfo[] = [...votes, ...reasons, why, undoVote, nextPair, stopWriting]

/** While the reason is written. */
export const whyForm = {
  save: { name: 'save', title: 'Save', keys: ['Mod+Enter'], group: 'Why', whileTyping: true },
  leave: { name: 'leave', title: 'Close', keys: ['Escape'], group: 'Why', whileTyping: true },
} as const satisfies Record<string, ActionInfo>
