import { type RefObject, useMemo } from 'react'
import { type ReviewReason, reviewReason } from '../../../main/shared/review-reasons.ts'
import type { Action } from '../../actions/action.ts'
import { useActions } from '../../actions/active-actions.ts'
import type { Saving } from '../../components/why/text-bar.tsx'
import { actWords } from './act-words.ts'
import { type ReviewActionName, reviewActionList } from './review-actions.ts'
import { betterSide, decisionFor, standingDecision } from './sides.ts'
import type { Desk } from './use-desk.ts'

export type BoundActions = Readonly<Record<ReviewActionName, Action>>

interface Possible {
  readonly enabled: boolean
  /** Replaces the action's own hint. */
  readonly hint?: string
  perform(): void
}

/** The review page's actions, bound to the current state and active as shortcuts. */
export function useReviewActions(desk: Desk, search: RefObject<HTMLInputElement | null>, saving: RefObject<Saving | null>): BoundActions {
  const actions = useMemo(() => {
    const possible = possibleActions(desk, search, saving)
    const bound = reviewActionList.map((info): [string, Action] => [info.name, { ...info, ...possible[info.name as ReviewActionName] }])
    return Object.fromEntries(bound) as Record<ReviewActionName, Action>
  }, [desk, search, saving])
  useActions(
    'review',
    'Review',
    useMemo(() => Object.values(actions), [actions]),
  )
  return actions
}

function possibleActions(
  desk: Desk,
  search: RefObject<HTMLInputElement | null>,
  saving: RefObject<Saving | null>,
): Record<ReviewActionName, Possible> {
  const { shown, sides, queue, writes, writing, isHidden } = desk
  const isReading = writing === null
  const canDecide = isReading && sides !== null
  const canGo = isReading && queue.entries !== undefined && queue.entries.length > 0
  const better = shown !== undefined && sides !== null ? betterSide(shown, sides) : null
  const open = (form: 'edit' | 'rescore' | 'note' | 'why') => ({
    enabled: isReading && shown !== undefined && (form === 'rescore' || form === 'note' || sides !== null),
    perform: () => {
      desk.hold()
      desk.setWriting(form)
    },
  })
  const stepping = (direction: 'undo' | 'redo') => {
    const act = writes.next?.[direction] ?? null
    const title = direction === 'undo' ? 'Undo' : 'Redo'
    return {
      enabled: isReading && act !== null,
      perform: () => void desk.step(direction),
      ...(act !== null && act.id > 0 && { hint: `${title}: ${actWords(act)}.` }),
    }
  }
  const toggling = (reason: ReviewReason): Possible => ({
    enabled: canDecide,
    perform: () => {
      desk.hold() // after a blind vote, too
      desk.reasoning.toggle(reason)
    },
  })
  const reasons = Object.fromEntries(reviewReason.options.map((reason) => [reason, toggling(reason)])) as Record<ReviewReason, Possible>
  return {
    left: { enabled: canDecide, perform: () => desk.choose('left') },
    right: { enabled: canDecide, perform: () => desk.choose('right') },
    tie: { enabled: canDecide, perform: () => desk.decide({ decision: 'tie' }, 'Tie') },
    bothBad: { enabled: canDecide, perform: () => desk.decide({ decision: 'both-bad' }, 'Both bad') },
    swap: {
      // can't swap roles that blind mode hides, and a swap must not replace the user's own edit
      enabled: canDecide && !isHidden && better !== null && shown !== undefined && standingDecision(shown)?.decision !== 'edit',
      perform: () => {
        if (sides !== null) desk.decide({ decision: decisionFor(sides, better === 'left' ? 'right' : 'left') }, 'Swapped')
      },
    },
    ...reasons,
    why: open('why'),
    edit: open('edit'),
    rescore: open('rescore'),
    note: open('note'),
    skip: { enabled: canGo, perform: queue.goOn },
    undo: stepping('undo'),
    redo: stepping('redo'),
    previous: { enabled: canGo && queue.index !== 0, perform: () => queue.step(-1) },
    next: { enabled: canGo && (queue.index < 0 || queue.index < (queue.entries?.length ?? 0) - 1), perform: () => queue.step(1) },
    blind: { enabled: isReading, perform: desk.toggleBlind },
    diff: { enabled: canDecide, perform: desk.toggleDiff },
    text: { enabled: isReading, perform: desk.toggleText },
    list: { enabled: isReading, perform: desk.toggleList },
    guidelines: { enabled: isReading, perform: desk.toggleGuidelines },
    find: {
      enabled: isReading,
      perform: () => {
        search.current?.focus()
        search.current?.select()
      },
    },
    save: { enabled: !isReading, perform: () => saving.current?.save() },
    leave: { enabled: !isReading, perform: () => desk.setWriting(null) },
  }
}
