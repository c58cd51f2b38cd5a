import { useId } from 'react'
import type { Action } from './action.ts'
import { useActions } from './active-actions.ts'
import { type Bindings, type BoundScreen, bound, type ScreenActions } from './screen-actions.ts'

/** Binds a screen's actions to its state, for its buttons, and activates their shortcuts. Not `isActive`: for its buttons only. */
export function useScreenActions<Screen extends ScreenActions>(
  screen: Screen,
  bindings: Bindings<Screen>,
  isActive = true,
): BoundScreen<Screen> {
  const actions = bound(screen, bindings)
  useActions(useId(), screen.screen, isActive ? Object.values<Action>(actions) : none)
  return actions
}

const none: readonly Action[] = []
