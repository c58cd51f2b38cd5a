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
  const { title, hint } = action
  const button = (
    <Button
      {...actionProps(action)}
      variant={variant}
      aria-pressed={pressed}
      onClick={(event) => {
        event.currentTarget.blur()
        action.perform()
      }}
    >
      {children ?? title}
    </Button>
  )
  return hint === undefined ? button : <Tooltip label={hint}>{button}</Tooltip>
}

/** What makes a button the button of an action: it does the same, when it is possible, and shows its key. */
export const actionProps = (action: Action) => ({
  ...submitProps(action),
  children: action.title,
  onClick: (): void => action.perform(),
})

/** The same for the button of a form, which the form's submission does. */
export const submitProps = ({ name, keys, enabled }: Pick<Action, 'name' | 'keys' | 'enabled'>) => ({
  disabled: !enabled,
  'aria-keyshortcuts': keys[0]?.replace('Mod', 'Control'),
  'data-action': name,
  ...(keys[0] !== undefined && { className: styles.button, rightSection: <Key name={keys[0]} /> }),
})

/** A keycap. */
export const Key = ({ name }: { readonly name: string }) => (
  <kbd className={styles.key} aria-hidden>
    {keyLabel(name)}
  </kbd>
)
