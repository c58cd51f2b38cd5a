import type { KeyList } from './actions/key-sheet.tsx'
import { listed, type ScreenActions } from './actions/screen-actions.ts'
import { modelActions } from './components/model-action-infos.ts'
import { runControlActions, runMenuActions } from './components/run-page-actions.ts'
import { compareActions } from './features/compare/compare-actions.ts'
import * as data from './features/data/data-actions.ts'
import { arenaActions, whyForm } from './features/evaluate/arena-actions.ts'
import * as evaluate from './features/evaluate/evaluate-actions.ts'
import * as models from './features/models/models-actions.ts'
import * as newRun from './features/new-run/new-run-actions.ts'
import { chooseRunActions, guidelinesActions, queueActions, reviewActionList, trainActions } from './features/review/review-actions.ts'
import { runsActions, selectedRunsActions } from './features/runs/runs-actions.ts'
import { searchActions } from './features/search/search-actions.ts'
import * as system from './features/system/system-actions.ts'

/** What every screen can do. Screens in use bind these to their state, for their buttons, the palette, and the shortcuts. */
export const screenActions: readonly ScreenActions[] = [
  ...[runsActions, selectedRunsActions, ...Object.values(newRun), runControlActions, runMenuActions],
  ...[chooseRunActions, queueActions, guidelinesActions, trainActions, compareActions],
  ...[...Object.values(models), modelActions, ...Object.values(data), searchActions],
  ...[...Object.values(evaluate), ...Object.values(system)],
]

/** Keys that lists, forms, and dialogs handle themselves. */
const handledKeys: readonly KeyList[] = [
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
  {
    screen: 'Models, Chat message',
    keys: [
      { title: 'Send', keys: ['Enter'] },
      { title: 'New line', keys: ['Shift+Enter'] },
    ],
  },
  { screen: 'Models, Lineage graph', keys: [{ title: 'Move between models', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] }] },
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

/** Keyboard shortcuts of all screens, for the shortcuts dialog. The open screen supplies its own list, with the actions bound. */
export const screenKeys: readonly KeyList[] = [
  { screen: 'Review', keys: reviewActionList },
  { screen: 'Evaluate, Arena', keys: arenaActions },
  { screen: 'Evaluate, Arena reason', keys: Object.values(whyForm) },
  ...screenActions.map((one) => ({ screen: one.screen, keys: listed(one) })),
  ...handledKeys,
]
