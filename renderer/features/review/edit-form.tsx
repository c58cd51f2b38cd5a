import { Button, SegmentedControl, Textarea } from '@mantine/core'
import { type RefObject, useEffect, useState } from 'react'
import type { ReviewItem } from '../../../main/shared/contract/review-contract.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import type { Saving } from '../../components/why/text-bar.tsx'
import { type EditDraft, editDraft, editOf, keepEditDraft } from './drafts.ts'
import styles from './forms.module.css'
import { letterOf } from './side.tsx'
import { betterSide, roleAt, type SideName, type Sides, sideOf, textOf } from './sides.ts'
import type { Desk } from './use-desk.ts'
import type { BoundActions } from './use-review-actions.ts'

interface EditFormProps {
  readonly desk: Desk
  readonly item: ReviewItem
  readonly sides: Sides
  readonly actions: BoundActions
  readonly saving: RefObject<Saving | null>
}

/** Edits both responses and which one is better. Every keystroke is kept as a draft. */
export function EditForm({ desk, item, sides, actions, saving }: EditFormProps) {
  const pairId = item.pair?.id ?? -1
  const original = startOf(item, sides, desk.isHidden)
  const [draft, setDraft] = useState<EditDraft>(() => editDraft(pairId) ?? original)
  const change = (changes: Partial<EditDraft>): void => {
    const next = { ...draft, ...changes }
    setDraft(next)
    keepEditDraft(pairId, next)
  }
  const problem = problemOf(draft)
  useEffect(() => {
    saving.current = {
      save: () => {
        if (problem !== null) return
        desk.decide(editOf(draft, sides), `Edited, ${letterOf(sideOf(sides, draft.better === 'chosen'))} is better`)
      },
    }
    return () => {
      saving.current = null
    }
  }, [saving, problem, draft, sides, desk])
  const isChanged = draft.chosen !== original.chosen || draft.rejected !== original.rejected
  return (
    <form className={styles.edit} aria-label="Edit the responses" onSubmit={(event) => event.preventDefault()}>
      <div className={styles.texts}>
        {(['left', 'right'] as const).map((side) => (
          <Textarea
            key={side}
            label={`Response ${letterOf(side)}`}
            autosize
            minRows={8}
            data-autofocus={side === 'left' || undefined}
            autoFocus={side === 'left'}
            value={draft[roleAt(sides, side)]}
            onChange={({ currentTarget }) => change({ [roleAt(sides, side)]: currentTarget.value })}
            classNames={{ input: styles.input }}
          />
        ))}
      </div>
      <div className={styles.bar}>
        <span id="better-label">Better</span>
        <SegmentedControl
          aria-labelledby="better-label"
          data={[
            { value: 'left', label: 'A' },
            { value: 'right', label: 'B' },
          ]}
          value={draft.better === null ? '' : sideOf(sides, draft.better === 'chosen')}
          onChange={(value) => change({ better: roleAt(sides, value as SideName) })}
        />
        <ActionButton action={{ ...actions.save, enabled: problem === null }} variant="filled" />
        <ActionButton action={actions.leave} />
        {isChanged && (
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              keepEditDraft(pairId, null)
              setDraft(original)
            }}
          >
            Start over
          </Button>
        )}
        <span className="dim" role="status">
          {problem ?? (isChanged ? 'Kept as a draft until you save it.' : '')}
        </span>
      </div>
    </form>
  )
}

function startOf(item: ReviewItem, sides: Sides, isHidden: boolean): EditDraft {
  const better = isHidden ? null : betterSide(item, sides) // a blind voter must choose
  return {
    chosen: textOf(item, sides, sideOf(sides, true)).text,
    rejected: textOf(item, sides, sideOf(sides, false)).text,
    better: better === null ? null : roleAt(sides, better),
  }
}

function problemOf({ chosen, rejected, better }: EditDraft): string | null {
  if (chosen.trim() === '' || rejected.trim() === '') return 'Responses must not be empty.'
  if (chosen.trim() === rejected.trim()) return 'Both responses are the same. A pair needs two different ones.'
  return better === null ? 'Choose which one is better.' : null
}
