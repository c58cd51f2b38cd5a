import { useEffect, useMemo } from 'react'
import { create } from 'zustand'
import { type Action, actionFor, beginsPair, type Cover, firesOver, keyOf } from './action.ts'

/** A part of the window whose shortcuts are active while it is mounted. */
export interface Scope {
  readonly title: string
  readonly actions: readonly Action[]
}

type Scopes = ReadonlyMap<string, Scope>

/** The mounted scopes by name, in the order in which they were mounted. */
const useScopes = create<{ scopes: Scopes }>(() => ({ scopes: new Map() }))

/** Scopes with actions, the newest first: a tab before its page, and the window last. */
const newestFirst = (scopes: Scopes): Scope[] => [...scopes.values()].filter(({ actions }) => actions.length > 0).reverse()

/** The active scopes as they change: what an open list of actions shows. */
export function useActiveScopes(): Scope[] {
  const scopes = useScopes((state) => state.scopes)
  return useMemo(() => newestFirst(scopes), [scopes])
}

function changeScopes(change: (scopes: Map<string, Scope>) => void): void {
  const scopes = new Map(useScopes.getState().scopes)
  change(scopes)
  useScopes.setState({ scopes })
}

/** Whether the command palette is open. */
export const usePalette = create<{ isOpen: boolean }>(() => ({ isOpen: false }))

/** Whether the shortcuts dialog is open. */
export const useKeySheet = create<{ isOpen: boolean }>(() => ({ isOpen: false }))

/** Activates the actions' shortcuts while the component is mounted. */
export function useActions(name: string, title: string, actions: readonly Action[]): void {
  useEffect(() => changeScopes((scopes) => void scopes.set(name, { title, actions })), [name, title, actions])
  useEffect(() => () => changeScopes((scopes) => void scopes.delete(name)), [name])
}

const typed = 'input:not([type=radio],[type=checkbox],[type=button],[type=range]), textarea, select, [contenteditable="true"]'
const pressed = 'button, a[href], summary, input, [role=button], [role=tab], [role=option], [role=menuitem], [role=slider]'

/** Whether the focused control handles this key: Enter on a button, arrows on a radio group. */
const isTaken = (target: Element, key: string): boolean => /^(Enter| |Arrow\w+)$/.test(key) && target.closest(pressed) !== null

/** How long the second key of a pair may take, milliseconds. */
const pairMs = 1500

/** The first key of a pair, and when it was pressed. */
interface FirstKey {
  readonly key: string
  readonly at: number
}

/** What a key press means on the page: an action, or the first key of a pair. */
function meaningOf(event: KeyboardEvent, first: FirstKey | null): { readonly action?: Action; readonly first: FirstKey | null } {
  const target = event.target instanceof Element ? event.target : document.body
  const key = keyOf(event)
  if (modifiers.includes(event.key)) return { first }
  if (isTaken(target, key)) return { first: null }
  const cover = coverOf(document)
  const actions = newestFirst(useScopes.getState().scopes).flatMap((scope) => scope.actions.filter((action) => firesOver(action, cover)))
  const isTyping = target.closest(typed) !== null
  const isPair = first !== null && event.timeStamp - first.at < pairMs
  const action = (isPair ? actionFor(actions, `${first.key} ${key}`, isTyping) : undefined) ?? actionFor(actions, key, isTyping)
  const begins = action === undefined && !isTyping && beginsPair(actions, key)
  return { action, first: begins ? { key, at: event.timeStamp } : null }
}

const modifiers: readonly string[] = ['Shift', 'Control', 'Meta', 'Alt']

/** What covers the page. A closed dialog is gone immediately: the theme gives it no time to fade out. */
function coverOf(page: Document): Cover {
  const open = [...page.querySelectorAll('[role=dialog]')]
  if (open.length === 0) return null
  return open.some((dialog) => dialog.getAttribute('aria-modal') === 'true') ? 'dialog' : 'popover'
}

/** Listens for shortcuts, once per window. Nothing fires behind an open dialog. */
export function useActionKeys(): void {
  useEffect(() => {
    let first: FirstKey | null = null
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      const meaning = meaningOf(event, first)
      first = meaning.first
      const { action } = meaning
      if (action === undefined || (event.repeat && action.group === 'Decide')) return
      event.preventDefault()
      action.perform()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
