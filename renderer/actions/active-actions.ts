import { useEffect } from 'react'
import { create } from 'zustand'
import { type Action, actionFor, keyOf } from './action.ts'

/** A part of the window whose shortcuts are active while it is mounted. */
interface Scope {
  readonly title: string
  readonly actions: readonly Action[]
}

const scopes = new Map<string, Scope>()

/** The mounted scopes. */
export const activeScopes = (): Scope[] => [...scopes.values()]

/** Whether the shortcuts dialog is open. */
export const useKeySheet = create<{ isOpen: boolean }>(() => ({ isOpen: false }))

/** Activates the actions' shortcuts while the component is mounted. */
export function useActions(name: string, title: string, actions: readonly Action[]): void {
  useEffect(() => {
    scopes.set(name, { title, actions })
    return () => void scopes.delete(name)
  }, [name, title, actions])
}

const typed = 'input:not([type=radio],[type=checkbox],[type=button],[type=range]), textarea, select, [contenteditable="true"]'
const pressed = 'button, a[href], summary, input, [role=button], [role=tab], [role=option], [role=menuitem], [role=slider]'

/** Whether the focused control handles this key: Enter on a button, arrows on a radio group. */
const isTaken = (target: Element, key: string): boolean => /^(Enter| |Arrow\w+)$/.test(key) && target.closest(pressed) !== null

/** Listens for shortcuts, once per window. Nothing fires behind an open dialog. */
export function useActionKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || document.querySelector('[role=dialog]') !== null) return
      const target = event.target instanceof Element ? event.target : document.body
      const key = keyOf(event)
      if (isTaken(target, key)) return
      const action = actionFor(
        activeScopes().flatMap((scope) => scope.actions),
        key,
        target.closest(typed) !== null,
      )
      if (action === undefined || (event.repeat && action.group === 'Decide')) return
      event.preventDefault()
      action.perform()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
