import type { ScreenActions } from '../../actions/screen-actions.ts'

export const runsActions = {
  screen: 'Runs',
  path: '/runs',
  actions: {
    newRun: { title: 'New run', keys: ['n'] },
    filter: { title: 'Filter the list', keys: ['/'] },
    tour: { title: 'How it works', keys: ['h'] },
    demo: { title: 'Run the demo', keys: [] },
  },
} as const satisfies ScreenActions

export const selectedRunsActions = {
  screen: 'Runs, selected',
  path: '/runs',
  actions: {
    compare: { title: 'Compare', keys: ['c'] },
    start: { title: 'Start', keys: ['s'], hint: 'One after the other, in the order of their creation.' },
    tag: { title: 'Add tags', keys: ['t'] },
    remove: { title: 'Delete', keys: [] },
    clear: { title: 'Clear selection', keys: ['Escape'] },
  },
} as const satisfies ScreenActions
