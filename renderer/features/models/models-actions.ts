import type { ScreenActions } from '../../actions/screen-actions.ts'

export const libraryActions = {
  screen: 'Models',
  path: '/models',
  actions: {
    filter: { title: 'Filter the models', keys: ['/'] },
    refresh: { title: 'Refresh', keys: ['r'] },
    add: { title: 'Add models', keys: ['a'] },
    download: { title: 'Download', keys: ['d'] },
  },
} as const satisfies ScreenActions

/** What the details of the chosen model offer. */
export const modelDetailsActions = {
  screen: 'Models, chosen model',
  path: '/models',
  actions: {
    chat: { title: 'Chat', keys: ['c'] },
    verify: {
      title: 'Verify',
      keys: ['v'],
      hint: 'Opens every file, checks that all tensors are present and in place, reads the weights, and scores a sentence with the model.',
    },
    template: { title: 'Chat template', keys: ['t'] },
    export: { title: 'Export', keys: ['x'] },
    close: { title: 'Close details', keys: ['Escape'] },
  },
} as const satisfies ScreenActions

export const lineageRunActions = {
  screen: 'Models, Lineage',
  path: '/models/lineage',
  actions: { choose: { title: 'Choose a run', keys: ['/'] } },
} as const satisfies ScreenActions

/** What the shown model offers. */
export const lineageActions = {
  screen: 'Models, Lineage of a model',
  path: '/models/lineage',
  actions: {
    chat: { title: 'Chat', keys: ['c'] },
    compare: { title: 'Compare in chat', keys: ['v'] },
    export: { title: 'Export', keys: ['x'] },
  },
} as const satisfies ScreenActions

export const chatActions = {
  screen: 'Models, Chat',
  path: '/models/chat',
  actions: {
    write: { title: 'Write a message', keys: ['/'] },
    again: { title: 'Another seed', keys: ['r'] },
    preferLeft: { title: 'Prefer the left answer', keys: ['1'] },
    preferRight: { title: 'Prefer the right answer', keys: ['2'] },
    withdraw: { title: 'Undo the preference', keys: ['u'] },
    stop: { title: 'Stop generating', keys: ['Escape'], whileTyping: true },
    clear: { title: 'New chat', keys: ['n'] },
  },
} as const satisfies ScreenActions

export const systemPromptActions = {
  screen: 'Models, Chat system prompt',
  path: '/models/chat',
  actions: { toggle: { title: 'System prompt', keys: ['s'] } },
} as const satisfies ScreenActions

export const templateActions = {
  screen: 'Models, Chat template',
  path: '/models/template',
  actions: {
    add: { title: 'Add message', keys: ['a'] },
    start: { title: 'Start the assistant’s next turn', keys: ['s'] },
    ids: { title: 'Show token IDs', keys: ['i'] },
  },
} as const satisfies ScreenActions
