import { Button } from '@mantine/core'
import type { RefObject } from 'react'
import styles from './desk.module.css'
import { editDraft } from './drafts.ts'
import { NoteForm, noteOf } from './note-form.tsx'
import { keyOf } from './queue-order.ts'
import { RescoreForm } from './rescore-form.tsx'
import type { Desk } from './use-desk.ts'
import type { BoundActions, Saving } from './use-review-actions.ts'

interface BelowProps {
  readonly desk: Desk
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** Notes and forms, below the pair, so that the text above doesn't move while you write. */
export function Below({ desk, actions, saving }: BelowProps) {
  const { shown: item, sides, writing } = desk
  if (item === undefined) return null
  const forms = { desk, item, actions, saving }
  if (writing === 'rescore') return <RescoreForm {...forms} sides={sides} key={keyOf(item)} />
  if (writing === 'note') return <NoteForm {...forms} key={item.promptId} />
  const note = noteOf(item)
  const hasDraft = item.pair !== null && writing !== 'edit' && editDraft(item.pair.id) !== null
  return (
    <>
      {hasDraft && (
        <p className={styles.draft} role="status">
          This pair has an unsaved edit. <Button onClick={actions.edit.perform}>Continue editing</Button>
        </p>
      )}
      {note !== '' && <p className={styles.note}>{note}</p>}
    </>
  )
}
