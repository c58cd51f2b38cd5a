import type { RefObject } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { type Saving, TextBar } from '../../components/why/text-bar.tsx'
import { keepNoteDraft, noteDraft } from './drafts.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

interface NoteFormProps {
  readonly desk: Desk
  readonly item: ReviewItem
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** The current note. */
export const noteOf = ({ notes }: ReviewItem): string => notes.at(-1)?.text ?? ''

/** A note on the prompt. Every keystroke is kept as a draft. */
export const NoteForm = ({ desk, item, actions, saving }: NoteFormProps) => (
  <TextBar
    name="Note"
    label="Note on this prompt"
    placeholder="What stands out about this pair?"
    start={noteDraft(item.promptId) ?? noteOf(item)}
    maxLength={20_000}
    onType={(text) => keepNoteDraft(item.promptId, text)}
    onSave={(text) => {
      desk.setWriting(null)
      void desk.note(item, text)
    }}
    actions={actions}
    saving={saving}
  />
)

/** The reason for the decision in the user's words. */
export const WhyForm = ({ desk, actions, saving }: Omit<NoteFormProps, 'item'>) => (
  <TextBar
    name="Why"
    label="Why you decide so"
    placeholder="What decides it? Saved with your decision."
    start={desk.reasoning.typed}
    maxLength={2000}
    onType={desk.reasoning.type}
    onSave={(text) => {
      desk.setWriting(null)
      desk.reasoning.say(text)
    }}
    actions={actions}
    saving={saving}
  />
)
