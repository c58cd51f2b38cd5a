import type { ScreenActions } from '../actions/screen-actions.ts'

/** What follows from a model, wherever it is shown. */
export const modelActions = {
  screen: 'Models, from a model',
  path: '/models',
  actions: {
    newRun: { title: 'New run from it', keys: ['n'] },
    evaluate: { title: 'Evaluate', keys: ['e'] },
  },
} as const satisfies ScreenActions
