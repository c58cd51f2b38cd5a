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

/** A button that does what an action's key does, with the key printed on it. The focus goes back to the page, so that Enter is not for the button. */
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

/** A key as it looks on a keyboard. */
export const Key = ({ name }: { readonly name: string }) => (
  <kbd className={styles.key} aria-hidden>
    {keyLabel(name)}
  </kbd>
)
