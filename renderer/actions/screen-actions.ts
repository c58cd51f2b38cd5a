import type { Action, ActionInfo } from './action.ts'

/** The actions of a screen, or of one of its tabs. */
export interface ScreenActions {
  /** Their heading in the palette and the shortcuts dialog: `Models, Chat`. */
  readonly screen: string
  /** Where they are, with the tabs inside; a part that starts with a colon stands for an ID. */
  readonly path: string
  readonly actions: Readonly<Record<string, Omit<ActionInfo, 'name' | 'group'>>>
}

/** What an action does now. */
export interface Binding {
  /** True by default. */
  readonly enabled?: boolean
  /** Replaces the action's own title. */
  readonly title?: string
  perform(): void
}

export type Bindings<Screen extends ScreenActions> = Readonly<Record<keyof Screen['actions'], Binding | null>>
export type BoundScreen<Screen extends ScreenActions> = Readonly<Record<keyof Screen['actions'], Action>>

/** A screen's actions as a list. */
export const listed = ({ screen, actions }: ScreenActions): ActionInfo[] =>
  Object.entries(actions).map(([name, info]) => ({ name, group: screen, ...info }))

/** A screen's actions, bound to its state. `null`: the action isn't possible now. */
export function bound<Screen extends ScreenActions>(screen: Screen, bindings: Bindings<Screen>): BoundScreen<Screen> {
  const actions = listed(screen).map((info): [string, Action] => {
    const binding = bindings[info.name as keyof Screen['actions']]
    return [info.name, binding === null ? { ...info, enabled: false, perform: () => {} } : { ...info, enabled: true, ...binding }]
  })
  return Object.fromEntries(actions) as BoundScreen<Screen>
}
