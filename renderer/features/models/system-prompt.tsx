import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import styles from './chat.module.css'
import { useChat } from './chat-store.ts'
import { systemPromptActions } from './models-actions.ts'

/** The chat's system prompt: a button that opens its field, which stays open while there is a text. */
export function SystemPrompt() {
  const system = useChat((state) => state.system)
  const [isOpen, setOpen] = useState(false)
  const actions = useScreenActions(systemPromptActions, { toggle: { enabled: system === '', perform: () => setOpen(!isOpen) } })
  return (
    <>
      {system === '' && <Button {...actionProps(actions.toggle)} aria-expanded={isOpen} />}
      {(isOpen || system !== '') && (
        <Textarea
          className={styles.system}
          label="System prompt"
          description="Precedes the conversation of every model with a chat template. It’s kept with the chat."
          autosize
          minRows={1}
          maxRows={6}
          autoFocus={isOpen}
          value={system}
          onChange={(event) => {
            setOpen(true) // stays while it is emptied
            useChat.getState().setSystem(event.currentTarget.value)
          }}
        />
      )}
    </>
  )
}
