import type { ScreenActions } from '../../actions/screen-actions.ts'

export const searchActions = {
  screen: 'Search',
  path: '/search',
  actions: {
    search: { title: 'Search prompts and responses', keys: ['/'] },
    inRun: { title: 'Choose in which run', keys: ['r'] },
  },
} as const satisfies ScreenActions
