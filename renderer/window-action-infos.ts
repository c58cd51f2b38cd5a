import type { ActionInfo } from './actions/action.ts'
import { places } from './components/places.ts'

const everywhere = 'Everywhere'

/** Shortcuts that work on every screen. */
export const windowActionInfos: readonly ActionInfo[] = [
  { name: 'palette', title: 'Commands', keys: ['Mod+k'], group: everywhere, whileTyping: true, overPopover: true },
  { name: 'keys', title: 'Show keyboard shortcuts', keys: ['?'], group: everywhere },
  ...places.map(({ name, key }) => ({ name: `go-${name}`, title: `Go to ${name}`, keys: [`g ${key}`], group: everywhere })),
]
