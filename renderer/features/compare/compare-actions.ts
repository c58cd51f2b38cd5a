import type { ScreenActions } from '../../actions/screen-actions.ts'

export const compareActions = {
  screen: 'Compare',
  path: '/compare',
  actions: {
    choose: { title: 'Choose runs', keys: ['/'] },
    clear: { title: 'Clear the choice', keys: [] },
  },
} as const satisfies ScreenActions
