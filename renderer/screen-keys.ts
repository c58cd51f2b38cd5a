import type { KeyList } from './actions/key-sheet.tsx'
import { reviewActionList } from './features/review/review-actions.ts'

/** Every key of every screen, for the sheet of keys. A screen that is open gives its own list, which is the one that works. */
export const screenKeys: readonly KeyList[] = [
  {
    screen: 'Runs',
    keys: [
      { title: 'New run', keys: ['n'] },
      { title: 'Filter the list', keys: ['/'] },
      { title: 'Move through the list', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Ten at a time', keys: ['PageUp', 'PageDown'] },
      { title: 'To its ends', keys: ['Home', 'End'] },
      { title: 'Open the run', keys: ['Enter'] },
    ],
  },
  { screen: 'How it works', keys: [{ title: 'Back and on', keys: ['ArrowLeft', 'ArrowRight'] }] },
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
      { title: 'Stop the answers', keys: ['Escape'] },
    ],
  },
  { screen: 'Models, Lineage', keys: [{ title: 'Move between models', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] }] },
  {
    screen: 'Data, rows of a set',
    keys: [
      { title: 'Next row', keys: ['ArrowDown', 'j'] },
      { title: 'Previous row', keys: ['ArrowUp', 'k'] },
    ],
  },
  {
    screen: 'Choosing a file or folder',
    keys: [
      { title: 'Move through the list', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Open the folder', keys: ['Enter', 'ArrowRight'] },
      { title: 'To the folder above', keys: ['Backspace', 'ArrowLeft'] },
      { title: 'Choose', keys: ['Mod+Enter'] },
    ],
  },
]
