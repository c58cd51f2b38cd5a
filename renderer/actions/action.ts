/** One source for buttons, tooltips, keyboard shortcuts, and the shortcuts dialog, so that they can't disagree. */
export interface ActionInfo {
  readonly name: string
  readonly title: string
  /** As `keyOf` spells them, or two in a row (`g r`); the first is printed on the button. */
  readonly keys: readonly string[]
  /** Its heading in the shortcuts dialog. */
  readonly group: string
  readonly hint?: string
  /** Also fires while the user types: for saving or closing a form. */
  readonly whileTyping?: boolean
  /** Also fires while a popover is open, though not behind a modal dialog. */
  readonly overPopover?: boolean
}

/** What covers the page: a modal dialog, or a popover, which leaves the page in view. */
export type Cover = 'dialog' | 'popover' | null

/** Whether an action fires with this in front of it: a key that is meant for a popover must not change the page behind. */
export const firesOver = ({ overPopover }: ActionInfo, cover: Cover): boolean =>
  cover === null || (cover === 'popover' && overPopover === true)

/** An action bound to the current state. */
export interface Action extends ActionInfo {
  readonly enabled: boolean
  perform(): void
}

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/**
 * The name of a key press: `t`, `Shift+t`, `?`, `Enter`, `Mod+Enter` (Ctrl, or Command on a Mac), `Mod+Shift+z`. Letters are lowercase regardless of
 * Caps Lock. For other characters, Shift is part of the character.
 */
export function keyOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  const isLetter = key.toLowerCase() !== key.toUpperCase()
  const name = key.length === 1 ? key.toLowerCase() : key
  return `${ctrlKey || metaKey ? 'Mod+' : ''}${altKey ? 'Alt+' : ''}${shiftKey && (isLetter || key.length > 1) ? 'Shift+' : ''}${name}`
}

/** The enabled action bound to a key. If two are, neither fires: the result would be unpredictable. */
export function actionFor(actions: readonly Action[], key: string, isTyping: boolean): Action | undefined {
  const matching = actions.filter((action) => action.enabled && action.keys.includes(key) && (!isTyping || action.whileTyping === true))
  return matching.length === 1 ? matching[0] : undefined
}

/** Whether a key is the first of a pair that an enabled action is bound to. */
export const beginsPair = (actions: readonly Action[], key: string): boolean =>
  actions.some((action) => action.enabled && action.keys.some((keys) => keys.startsWith(`${key} `)))

/** Keys bound to more than one action of a list. */
export function sharedKeys(actions: readonly ActionInfo[]): string[] {
  const keys = actions.flatMap((action) => action.keys)
  return [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))]
}

const signs: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  Backspace: '⌫',
  Enter: '↵',
  Escape: 'Esc',
  PageDown: 'Page down',
  PageUp: 'Page up',
}

/** A key as shown on a button. */
export const keyLabel = (keys: string): string => (keys === ' ' ? 'Space' : keys.split(' ').map(oneLabel).join(' then '))

const oneLabel = (key: string): string =>
  key
    .split('+')
    .map((part) => signs[part] ?? (part === 'Mod' ? 'Ctrl' : part.length === 1 ? part.toUpperCase() : part))
    .join(' ')
