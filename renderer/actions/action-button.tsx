import { Button, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Action, keyLabel } from './action.ts'
import styles from './actions.module.css'

interface ActionButtonProps {
  readonly action: Action
  readonly children?: ReactNode
  readonly variant?: 'default' | 'filled' | 'subtle'
  /** Shown as pressed in. */
  readonly pressed?: boolean
}

/** A button for an action, labeled with its key. It gives up focus when clicked, so that the next Enter goes to the page. */
export function ActionButton({ action, children, variant = 'default', pressed }: ActionButtonProps) {
  const { title, keys, hint, enabled } = action
  const button = (
    <Button
      variant={variant}
      disabled={!enabled}
      aria-pressed={pressed}
      aria-keyshortcuts={keys[0]?.replace('Mod', 'Control')}
      data-action={action.name}
      className={styles.button}
      onClick={(event) => {
        event.currentTarget.blur()
        action.perform()
      }}
      rightSection={keys[0] !== undefined && <Key name={keys[0]} />}
    >
      {children ?? title}
    </Button>
  )
  return hint === undefined ? button : <Tooltip label={hint}>{button}</Tooltip>
}

/** A keycap. */
export const Key = ({ name }: { readonly name: string }) => (
  <kbd className={styles.key} aria-hidden>
    {keyLabel(name)}
  </kbd>
)
