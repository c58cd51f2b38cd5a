import type { ScreenActions } from '../../actions/screen-actions.ts'

export const dataSetsActions = {
  screen: 'Data',
  path: '/data',
  actions: { import: { title: 'Import a file', keys: ['i'] } },
} as const satisfies ScreenActions

export const setActions = {
  screen: 'Data, data set',
  path: '/data/sets/:id',
  actions: {
    search: { title: 'Search prompts and responses', keys: ['/'] },
    remove: { title: 'Delete', keys: [] },
  },
} as const satisfies ScreenActions

/** Choosing a file. */
export const sourceActions = {
  screen: 'Data, Import',
  path: '/data/import',
  actions: { choose: { title: 'Choose from this computer', keys: ['c'] } },
} as const satisfies ScreenActions

/** What to do with the file. */
export const importActions = {
  screen: 'Data, Import a file',
  path: '/data/import',
  actions: { import: { title: 'Import', keys: ['Mod+Enter'], whileTyping: true } },
} as const satisfies ScreenActions

export const exportActions = {
  screen: 'Data, Export',
  path: '/data/export',
  actions: {
    export: { title: 'Export', keys: ['Mod+Enter'], whileTyping: true },
    download: { title: 'Download', keys: ['d'] },
  },
} as const satisfies ScreenActions
