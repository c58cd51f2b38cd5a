import { type BrowserWindow, dialog } from 'electron'
import type { QuitAnswer } from './quitting.ts'

/** The application's native dialogs. */

const quitAnswers: readonly QuitAnswer[] = ['pause', 'background', 'cancel']

export async function askToQuit(window: BrowserWindow, runs: readonly string[]): Promise<QuitAnswer> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: `Still running: ${runs.join(', ')}`,
    detail: 'A paused run continues where it stopped when you resume it. In the background, the run continues without a window.',
    buttons: ['Pause and quit', 'Keep running in the background', 'Cancel'],
    ...{ defaultId: 0, cancelId: 2, noLink: true },
  })
  return quitAnswers[response] ?? 'cancel'
}

export async function askToQuitAtOnce(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: 'Laurel is still pausing the run.',
    detail: 'It is finishing the current unit of work. If you quit now, only that unit is repeated later.',
    buttons: ['Keep waiting', 'Quit now'],
    ...{ defaultId: 0, cancelId: 0, noLink: true },
  })
  return response === 1
}

/** Has no parent window: the link may come from any of them. */
export async function askToOpen(address: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'Open this page in your browser?',
    detail: address,
    buttons: ['Open', 'Cancel'],
    ...{ defaultId: 0, cancelId: 1, noLink: true },
  })
  return response === 0
}
