import { Textarea } from '@mantine/core'
import { type RefObject, useEffect, useState } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import { keepNoteDraft, noteDraft } from './drafts.ts'
import styles from './forms.module.css'
import type { Desk } from './use-desk.ts'
import type { BoundActions, Saving } from './use-review-actions.ts'

interface NoteFormProps {
  readonly desk: Desk
  readonly item: ReviewItem
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** The current note. */
export const noteOf = ({ notes }: ReviewItem): string => notes.at(-1)?.text ?? ''

/** A note on the prompt. Every keystroke is kept as a draft. */
export function NoteForm({ desk, item, actions, saving }: NoteFormProps) {
  const [text, setText] = useState(() => noteDraft(item.promptId) ?? noteOf(item))
  const save = (): void => {
    desk.setWriting(null)
    void desk.note(item, text)
  }
  useEffect(() => {
    saving.current = { save }
    return () => {
      saving.current = null
    }
  })
  return (
    <form className={styles.bar} aria-label="Note" onSubmit={(event) => event.preventDefault()}>
      <Textarea
        aria-label="Note on this prompt"
        className={styles.note}
        autosize
        minRows={2}
        maxRows={8}
        autoFocus
        placeholder="What stands out about this pair?"
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          keepNoteDraft(item.promptId, currentTarget.value)
        }}
      />
      <ActionButton action={actions.save} variant="filled" />
      <ActionButton action={actions.leave} />
    </form>
  )
}
