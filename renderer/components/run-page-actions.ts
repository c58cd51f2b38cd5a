import type { ScreenActions } from '../actions/screen-actions.ts'

/** What the buttons of a run do, on its page. */
export const runControlActions = {
  screen: 'Run',
  path: '/runs/:id',
  actions: {
    start: { title: 'Start', keys: ['s'] },
    pause: {
      title: 'Pause',
      keys: ['p'],
      hint: 'Finish the current unit of work, then pause. Resume continues to exactly the same result.',
    },
    stop: { title: 'Stop and keep', keys: ['x'], hint: 'End the run now and keep its results. You can’t resume it afterward.' },
  },
} as const satisfies ScreenActions

/** What a run's menu does, on its page. */
export const runMenuActions = {
  screen: 'Run, menu',
  path: '/runs/:id',
  actions: {
    startSoon: { title: 'Start as soon as possible', keys: [] },
    toFront: { title: 'Move to the front of the queue', keys: [] },
    startAfter: { title: 'Start after…', keys: [] },
    settings: { title: 'Change settings', keys: ['i'] },
    wait: { title: 'Wait for review before each training', keys: ['w'] },
    rename: { title: 'Rename', keys: ['r'] },
    describe: { title: 'Tags and note', keys: ['t'] },
    review: { title: 'Review pairs', keys: ['v'] },
    compare: { title: 'Compare', keys: ['c'] },
    evaluate: { title: 'Evaluate its newest model', keys: [] },
    export: { title: 'Export data', keys: ['e'] },
    clone: { title: 'New run like this', keys: ['n'] },
    control: { title: 'Control with a random judge', keys: [] },
    continuation: { title: 'One more iteration', keys: [] },
    remove: { title: 'Delete', keys: [] },
  },
} as const satisfies ScreenActions
