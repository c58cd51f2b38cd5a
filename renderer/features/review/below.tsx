import { Button } from '@mantine/core'
import type { RefObject } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { reasonsText } from '../../components/decision-words.ts'
import type { Saving } from '../../components/why/text-bar.tsx'
import styles from './desk.module.css'
import { editDraft } from './drafts.ts'
import { NoteForm, noteOf, WhyForm } from './note-form.tsx'
import { keyOf } from './queue-order.ts'
import { RescoreForm } from './rescore-form.tsx'
import { standingDecision } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

interface BelowProps {
  readonly desk: Desk
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** The reason in words: the user’s own, or why another user decided as they did. */
function whyOf({ reasoning: { comment, isStored } }: Desk, item: ReviewItem): string {
  const standing = standingDecision(item)
  if (standing === undefined || isStored) return comment === '' ? '' : `${isStored ? 'Why' : 'Why, saved with your decision'}: ${comment}`
  const words = reasonsText(standing)
  return words === '' ? '' : `${standing.reviewer || 'An unnamed user'}: ${words}`
}

/** Notes and forms, below the pair, so that the text above doesn't move while you write. */
export function Below({ desk, actions, saving }: BelowProps) {
  const { shown: item, sides, writing } = desk
  if (item === undefined) return null
  const forms = { desk, item, actions, saving }
  if (writing === 'rescore') return <RescoreForm {...forms} sides={sides} key={keyOf(item)} />
  if (writing === 'note') return <NoteForm {...forms} key={item.promptId} />
  if (writing === 'why') return <WhyForm {...forms} key={keyOf(item)} />
  const note = noteOf(item)
  const why = whyOf(desk, item)
  const hasDraft = item.pair !== null && writing !== 'edit' && editDraft(item.pair.id) !== null
  return (
    <>
      {hasDraft && (
        <p className={styles.draft} role="status">
          This pair has an unsaved edit. <Button onClick={actions.edit.perform}>Continue editing</Button>
        </p>
      )}
      {why !== '' && <p className={styles.note}>{why}</p>}
      {note !== '' && <p className={styles.note}>{note}</p>}
    </>
  )
}
