import type { KeyList } from './actions/key-sheet.tsx'
import { arenaActions } from './features/evaluate/arena-actions.ts'
import { reviewActionList } from './features/review/review-actions.ts'
import { runsPageActions } from './features/runs/runs-actions.ts'

/** Keyboard shortcuts of all screens, for the shortcuts dialog. The open screen supplies its own list, with the actions bound. */
export const screenKeys: readonly KeyList[] = [
  { screen: 'Runs', keys: runsPageActions },
  {
    screen: 'Runs, list',
    keys: [
      { title: 'Move through the list', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Move ten rows', keys: ['PageUp', 'PageDown'] },
      { title: 'First or last row', keys: ['Home', 'End'] },
      { title: 'Open the run', keys: ['Enter'] },
      { title: 'Select the run', keys: [' '] },
    ],
  },
  {
    screen: 'Commands',
    keys: [
      { title: 'Move through the commands', keys: ['ArrowUp', 'ArrowDown'] },
      { title: 'Do it', keys: ['Enter'] },
    ],
  },
  { screen: 'How it works', keys: [{ title: 'Back or next', keys: ['ArrowLeft', 'ArrowRight'] }] },
  { screen: 'Review', keys: reviewActionList },
  { screen: 'Evaluate, Arena', keys: arenaActions },
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
