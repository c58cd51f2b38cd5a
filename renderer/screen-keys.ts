import type { KeyList } from './actions/key-sheet.tsx'
import { reviewActionList } from './features/review/review-actions.ts'

/** Keyboard shortcuts of all screens, for the shortcuts dialog. The open screen supplies its own list, with the actions bound. */
export const screenKeys: readonly KeyList[] = [
  {
    screen: 'Runs',
    keys: [
      { title: 'New run', keys: ['n'] },
      { title: 'Filter the list', keys: ['/'] },
      { title: 'Move through the list', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Move ten rows', keys: ['PageUp', 'PageDown'] },
      { title: 'First or last row', keys: ['Home', 'End'] },
      { title: 'Open the run', keys: ['Enter'] },
    ],
  },
  { screen: 'How it works', keys: [{ title: 'Back or next', keys: ['ArrowLeft', 'ArrowRight'] }] },
  { screen: 'Review', keys: reviewActionList },
  {
    screen: 'Evaluate, Arena',
    keys: [
      { title: 'A is better', keys: ['1'] },
      { title: 'B is better', keys: ['2'] },
      { title: 'Tie', keys: ['t'] },
      { title: 'Both bad', keys: ['x'] },
      { title: 'Skip', keys: ['s'] },
      { title: 'Undo the vote', keys: ['u'] },
      { title: 'Next pair', keys: ['Enter'] },
    ],
  },
  {
    screen: 'Models, Chat',
    keys: [
      { title: 'Send', keys: ['Enter'] },
      { title: 'New line', keys: ['Shift+Enter'] },
      { title: 'Stop generating', keys: ['Escape'] },
    ],
  },
  { screen: 'Models, Lineage', keys: [{ title: 'Move between models', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] }] },
  {
    screen: 'Data, rows of a data set',
    keys: [
      { title: 'Next row', keys: ['ArrowDown', 'j'] },
      { title: 'Previous row', keys: ['ArrowUp', 'k'] },
    ],
  },
  {
    screen: 'File browser',
    keys: [
      { title: 'Move through the list', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Open the folder', keys: ['Enter', 'ArrowRight'] },
      { title: 'Parent folder', keys: ['Backspace', 'ArrowLeft'] },
      { title: 'Choose', keys: ['Mod+Enter'] },
    ],
  },
]
