import type { ActionInfo } from '../../actions/action.ts'
import type { ScreenActions } from '../../actions/screen-actions.ts'
import { reasonActions, sayWhy } from '../../components/why/reason-actions.ts'

const decide = 'Decide'
const view = 'View'
const move = 'Navigate'
const write = 'Edit'

/** All actions of Review, in the order of its buttons. */
const reviewActions = {
  left: { title: 'A is better', keys: ['1'], group: decide, hint: 'A becomes chosen and B rejected.' },
  right: { title: 'B is better', keys: ['2'], group: decide, hint: 'B becomes chosen and A rejected.' },
  tie: { title: 'Tie', keys: ['t'], group: decide, hint: 'Neither is better. The pair isn’t used in training.' },
  bothBad: { title: 'Both bad', keys: ['x'], group: decide, hint: 'The model should learn from neither. The pair isn’t used in training.' },
  swap: {
    title: 'Swap',
    keys: ['s'],
    group: decide,
    hint: 'Swap chosen and rejected, whichever side they are on.',
  },
  ...reasonActions,
  why: { ...sayWhy, hint: 'A reason in your own words, saved with your decision.' },
  edit: { title: 'Edit', keys: ['e'], group: write, hint: 'Improve a response. Training uses the edited text.' },
  rescore: {
    title: 'Rescore',
    keys: ['r'],
    group: write,
    hint: 'Set a response’s score yourself, or decide on single requirements of a checklist. This replaces the judge’s score and rebuilds the pair from the current scores.',
  },
  note: {
    title: 'Note',
    keys: ['n'],
    group: write,
    hint: 'Add a note to this prompt. It needs no decision and doesn’t affect training.',
  },
  skip: { title: 'Skip', keys: ['k'], group: move, hint: 'Leave this pair undecided and go to the next unreviewed one.' },
  undo: {
    title: 'Undo',
    keys: ['u', 'Mod+z'],
    group: decide,
    hint: 'Undo your last action in this run and restore the previous state.',
  },
  redo: { title: 'Redo', keys: ['Mod+y', 'Mod+Shift+z'], group: decide, hint: 'Redo the action that you last undid.' },
  previous: { title: 'Previous', keys: ['Backspace', 'ArrowLeft'], group: move },
  next: { title: 'Next', keys: ['Enter', 'ArrowRight', 'j'], group: move },
  blind: {
    title: 'Blind',
    keys: ['b'],
    group: view,
    hint: 'Hide scores and shuffle the sides until you vote, so that the judge can’t influence you. Only blind votes measure the judge fairly.',
  },
  diff: { title: 'Differences', keys: ['d'], group: view, hint: 'Highlight the words that are in only one of the responses.' },
  text: { title: 'Plain text', keys: ['m'], group: view, hint: 'Show responses as plain text, or with formatted Markdown.' },
  list: { title: 'Queue', keys: ['q'], group: view, hint: 'Show or hide the list of pairs.' },
  guidelines: { title: 'Guidelines', keys: ['h'], group: view, hint: 'Show or hide what reviewers go by.' },
  find: { title: 'Find', keys: ['f', '/'], group: view, hint: 'Find text in prompts and responses.' },
  save: { title: 'Save', keys: ['Mod+Enter'], group: write, whileTyping: true },
  leave: { title: 'Close', keys: ['Escape'], group: write, whileTyping: true, hint: 'Your text is kept as a draft.' },
} as const satisfies Record<string, Omit<ActionInfo, 'name'>>

export type ReviewActionName = keyof typeof reviewActions

/** The actions as a list, each with its name. */
export const reviewActionList: readonly ActionInfo[] = Object.entries(reviewActions).map(([name, info]) => ({ name, ...info }))

/** What concerns all pairs of the queue. */
export const queueActions = {
  screen: 'Review, queue',
  path: '/review/:id',
  actions: {
    decideAll: { title: 'Decide all…', keys: ['a'] },
    clearFilter: { title: 'Clear the filter', keys: ['c'] },
  },
} as const satisfies ScreenActions

/** While the guidelines are written. */
export const guidelinesActions = {
  screen: 'Review, guidelines',
  path: '/review/:id',
  actions: { save: { title: 'Save the guidelines', keys: ['Mod+Enter'], whileTyping: true } },
} as const satisfies ScreenActions

/** While the run waits for its review. */
export const trainActions = {
  screen: 'Review, training',
  path: '/review/:id',
  actions: { train: { title: 'Train on the pairs as they are now', keys: [] } },
} as const satisfies ScreenActions

/** Before a run is chosen. */
export const chooseRunActions = {
  screen: 'Review, runs',
  path: '/review',
  actions: { first: { title: 'Review the first run', keys: ['r'] } },
} as const satisfies ScreenActions
