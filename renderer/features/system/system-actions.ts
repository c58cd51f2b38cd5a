import type { ScreenActions } from '../../actions/screen-actions.ts'

export const machineActions = {
  screen: 'System',
  path: '/system',
  actions: { examine: { title: 'Check again', keys: ['r'] } },
} as const satisfies ScreenActions

export const runtimeActions = {
  screen: 'System, runtime packs',
  path: '/system',
  actions: {
    cpu: {
      title: 'Install for the processor',
      keys: [],
      hint: 'TensorFlow’s library for CPUs, a download of about 1 GB. Laurel downloads it with pip, compiles the binding, and tests both.',
    },
    cuda: {
      title: 'Install for an NVIDIA GPU',
      keys: [],
      hint: 'TensorFlow’s library with NVIDIA’s libraries, a download of about 3 GB. Requires only NVIDIA’s driver. On Linux, for cards from Pascal (GTX 10) to Hopper; others compute with WebGPU instead.',
    },
    cancel: {
      title: 'Cancel the installation',
      keys: [],
      hint: 'Ends it, and removes what it has written. A pack that was there before stays.',
    },
  },
} as const satisfies ScreenActions

export const enginesActions = {
  screen: 'System, Engines',
  path: '/system/engines',
  actions: { add: { title: 'Add engine', keys: ['n'] } },
} as const satisfies ScreenActions

export const databaseActions = {
  screen: 'System, Storage',
  path: '/system/storage',
  actions: {
    check: { title: 'Check', keys: ['c'], hint: 'Checks every page, index, and reference of the database.' },
    backUp: { title: 'Back up now', keys: ['b'] },
  },
} as const satisfies ScreenActions

export const cleanUpActions = {
  screen: 'System, free up space',
  path: '/system/storage',
  actions: { remove: { title: 'Delete …', keys: [] } },
} as const satisfies ScreenActions

export const logActions = {
  screen: 'System, Log',
  path: '/system/log',
  actions: { filter: { title: 'Filter the log', keys: ['/'] } },
} as const satisfies ScreenActions

export const settingsActions = {
  screen: 'System, Settings',
  path: '/system/about',
  actions: { save: { title: 'Save', keys: ['Mod+Enter'], whileTyping: true } },
} as const satisfies ScreenActions
