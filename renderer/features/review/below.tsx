import { Button } from '@mantine/core'
import type { RefObject } from 'react'
import styles from './desk.module.css'
import { editDraft } from './drafts.ts'
import { NoteForm, noteOf } from './note-form.tsx'
import { RescoreForm } from './rescore-form.tsx'
import type { Desk } from './use-desk.ts'
import type { BoundActions, Saving } from './use-review-actions.ts'

interface BelowProps {
  readonly desk: Desk
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** What is written about the pair, below it: so that nothing above moves while one reads and writes. */
export function Below({ desk, actions, saving }: BelowProps) {
  const { shown: item, sides, writing } = desk
  if (item === undefined) return null
  const forms = { desk, item, actions, saving }
  if (writing === 'rescore') return <RescoreForm {...forms} sides={sides} key={item.promptId} />
  if (writing === 'note') return <NoteForm {...forms} key={item.promptId} />
  const note = noteOf(item)
  const hasDraft = item.pair !== null && writing !== 'edit' && editDraft(item.pair.id) !== null
  return (
    <>
      {hasDraft && (
        <p className={styles.draft} role="status">
          An edit of this pair was begun and not saved. <Button onClick={actions.edit.perform}>Go on with it</Button>
        </p>
      )}
      {note !== '' && <p className={styles.note}>{note}</p>}
    </>
  )
}
