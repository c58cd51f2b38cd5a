import { Textarea } from '@mantine/core'
import { type RefObject, useEffect, useState } from 'react'
import type { Action } from '../../actions/action.ts'
import { ActionButton } from '../../actions/action-button.tsx'
import styles from './why.module.css'

/** An open form's save handler. */
export interface Saving {
  save(): void
}

interface TextBarProps {
  readonly name: string
  readonly label: string
  readonly placeholder: string
  readonly start: string
  readonly maxLength: number
  readonly onType: (text: string) => void
  readonly onSave: (text: string) => void
  readonly actions: Readonly<Record<'save' | 'leave', Action>>
  readonly saving: RefObject<Saving | null>
}

/** A text below a pair of answers, with the buttons to save it and to leave. */
export function TextBar({ name, label, placeholder, start, maxLength, onType, onSave, actions, saving }: TextBarProps) {
  const [text, setText] = useState(start)
  useEffect(() => {
    saving.current = { save: () => onSave(text) }
    return () => {
      saving.current = null
    }
  })
  return (
    <form className={styles.bar} aria-label={name} onSubmit={(event) => event.preventDefault()}>
      <Textarea
        aria-label={label}
        className={styles.text}
        autosize
        minRows={2}
        maxRows={8}
        autoFocus
        placeholder={placeholder}
        maxLength={maxLength}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          onType(currentTarget.value)
        }}
      />
      <ActionButton action={actions.save} variant="filled" />
      <ActionButton action={actions.leave} />
    </form>
  )
}
