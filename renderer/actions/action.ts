/**
 * One list of what can be done by key or button: name, keys, when it is possible and what it does. Buttons, their tooltips, keys and the sheet of
 * keys all come from it, so that none of them can say what another does not do.
 */
export interface ActionInfo {
  readonly name: string
  readonly title: string
  /** As `keyOf` spells them; the first is printed on the button. */
  readonly keys: readonly string[]
  /** Heading under which the sheet of keys lists it. */
  readonly group: string
  readonly hint?: string
  /** Fires in the middle of typing too: for saving and leaving what is being typed. */
  readonly whileTyping?: boolean
}

/** An action as it stands at this moment. */
export interface Action extends ActionInfo {
  readonly enabled: boolean
  perform(): void
}

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/**
 * How a key press is spelled: `t`, `Shift+t`, `?`, `Enter`, `Mod+Enter` (Ctrl, or Command on a Mac), `Mod+Shift+z`. Letters are small, whatever Caps Lock
 * says; of other characters, Shift is part of the character.
 */
export function keyOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  const isLetter = key.toLowerCase() !== key.toUpperCase()
  const name = key.length === 1 ? key.toLowerCase() : key
  return `${ctrlKey || metaKey ? 'Mod+' : ''}${altKey ? 'Alt+' : ''}${shiftKey && (isLetter || key.length > 1) ? 'Shift+' : ''}${name}`
}

/** The action that a key fires: the one enabled action that has it. None where none has it, nor where two do: a key must never surprise. */
export function actionFor(actions: readonly Action[], key: string, isTyping: boolean): Action | undefined {
  const matching = actions.filter((action) => action.enabled && action.keys.includes(key) && (!isTyping || action.whileTyping === true))
  return matching.length === 1 ? matching[0] : undefined
}

/** Keys that two actions of a list share; empty where it is sound. */
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

/** A key as people read it on a button. */
export const keyLabel = (key: string): string =>
  key
    .split('+')
    .map((part) => signs[part] ?? (part === 'Mod' ? 'Ctrl' : part.length === 1 ? part.toUpperCase() : part))
    .join(' ')
