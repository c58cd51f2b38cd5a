import type { ActionInfo } from '../../actions/action.ts'

const decide = 'Decide'
const look = 'Look'
const move = 'Move'
const write = 'Write'

/** All that can be done in Review, in the order of its buttons. */
export const reviewActions = {
  left: { title: 'A is better', keys: ['1'], group: decide, hint: 'Trains A as chosen and B as rejected.' },
  right: { title: 'B is better', keys: ['2'], group: decide, hint: 'Trains B as chosen and A as rejected.' },
  tie: { title: 'Tie', keys: ['t'], group: decide, hint: 'Neither is better. The pair is left out of training.' },
  bothBad: { title: 'Both bad', keys: ['x'], group: decide, hint: 'Neither should be learned from. The pair is left out of training.' },
  swap: {
    title: 'Swap',
    keys: ['s'],
    group: decide,
    hint: 'What would train as chosen becomes rejected, and the other way around, whichever side it stands on.',
  },
  edit: { title: 'Edit', keys: ['e'], group: write, hint: 'Write a response better. The edited texts are what is trained on.' },
  rescore: {
    title: 'Rescore',
    keys: ['r'],
    group: write,
    hint: 'Set a response’s score by hand, 0 to 5. It takes the judge’s place, and the prompt’s pair is made again from the scores as they then are.',
  },
  note: {
    title: 'Note',
    keys: ['n'],
    group: write,
    hint: 'Keep a note on this prompt. It needs no decision and changes nothing in training.',
  },
  skip: { title: 'Skip', keys: ['k'], group: move, hint: 'Leave it undecided and go on to the next unreviewed pair.' },
  undo: {
    title: 'Undo',
    keys: ['u', 'Mod+z'],
    group: decide,
    hint: 'Undo the last thing you did in this run. What stood before stands again.',
  },
  redo: { title: 'Redo', keys: ['Mod+y', 'Mod+Shift+z'], group: decide, hint: 'Do what you undid last again.' },
  previous: { title: 'Previous', keys: ['Backspace', 'ArrowLeft'], group: move },
  next: { title: 'Next', keys: ['Enter', 'ArrowRight', 'j'], group: move },
  blind: {
    title: 'Blind',
    keys: ['b'],
    group: look,
    hint: 'Hide scores, and mix the sides, until you have voted: what the judge thinks cannot sway you. Only blind votes measure the judge fairly.',
  },
  diff: { title: 'Differences', keys: ['d'], group: look, hint: 'Mark the words that only one of the two responses has.' },
  text: { title: 'As text', keys: ['m'], group: look, hint: 'Show texts as they stand, or with their Markdown formatted.' },
  list: { title: 'Queue', keys: ['q'], group: look, hint: 'Show or hide the list of pairs.' },
  find: { title: 'Find', keys: ['f', '/'], group: look, hint: 'Look for a text in prompts and responses.' },
  save: { title: 'Save', keys: ['Mod+Enter'], group: write, whileTyping: true },
  leave: { title: 'Close', keys: ['Escape'], group: write, whileTyping: true, hint: 'What was written is kept as a draft.' },
} as const satisfies Record<string, Omit<ActionInfo, 'name'>>

export type ReviewActionName = keyof typeof reviewActions

/** The same as a list, each with its name. */
export const reviewActionList: readonly ActionInfo[] = Object.entries(reviewActions).map(([name, info]) => ({ name, ...info }))
