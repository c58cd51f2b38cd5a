import type { ScreenActions } from '../../actions/screen-actions.ts'

export const newRunActions = {
  screen: 'New run',
  path: '/runs/new',
  actions: { startOver: { title: 'Start over', keys: [] } },
} as const satisfies ScreenActions

export const createActions = {
  screen: 'New run, create',
  path: '/runs/new',
  actions: {
    start: { title: 'Create and start', keys: ['Mod+Enter'], whileTyping: true },
    create: { title: 'Create', keys: ['Mod+Shift+Enter'], whileTyping: true },
  },
} as const satisfies ScreenActions

/** In place of the ones above where the page changes a run. */
export const editActions = {
  screen: 'Edit a run',
  path: '/runs/new',
  actions: {
    start: { title: 'Save and start', keys: ['Mod+Enter'], whileTyping: true },
    save: { title: 'Save', keys: ['Mod+Shift+Enter'], whileTyping: true },
  },
} as const satisfies ScreenActions

export const probeActions = {
  screen: 'New run, judges',
  path: '/runs/new',
  actions: {
    measure: { title: 'Measure judges', keys: ['m'] },
    stop: { title: 'Stop measuring', keys: [] },
    use: { title: 'Use the best judge', keys: [] },
  },
} as const satisfies ScreenActions
