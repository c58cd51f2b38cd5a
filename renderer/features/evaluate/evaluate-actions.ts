import type { ScreenActions } from '../../actions/screen-actions.ts'

/** On every tab. */
export const evaluateActions = {
  screen: 'Evaluate',
  path: '/evaluate',
  actions: { newEvaluation: { title: 'New evaluation', keys: ['n'] } },
} as const satisfies ScreenActions

export const arenaSetupActions = {
  screen: 'Evaluate, Arena setup',
  path: '/evaluate',
  actions: {
    start: { title: 'Start', keys: ['Mod+Enter'], whileTyping: true },
    allOfRun: { title: 'All of the newest run', keys: ['a'] },
    blind: { title: 'Blind', keys: ['b'] },
  },
} as const satisfies ScreenActions

export const standingsActions = {
  screen: 'Evaluate, Standings',
  path: '/evaluate/standings',
  actions: { votes: { title: 'Download votes', keys: ['d'] } },
} as const satisfies ScreenActions

export const alpacaEvalActions = {
  screen: 'Evaluate, AlpacaEval',
  path: '/evaluate/alpaca-eval',
  actions: { import: { title: 'Import annotations', keys: ['i'] } },
} as const satisfies ScreenActions

export const resultsActions = {
  screen: 'Evaluate, Results',
  path: '/evaluate/results',
  actions: {
    filter: { title: 'Filter the results', keys: ['/'] },
    csv: { title: 'Download CSV', keys: ['d'] },
  },
} as const satisfies ScreenActions
