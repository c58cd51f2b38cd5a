import { type BrowserWindow, dialog } from 'electron'
import type { QuitAnswer } from './quitting.ts'

/** Every question that the application asks outside its page. */

const quitAnswers: readonly QuitAnswer[] = ['pause', 'background', 'cancel']

export async function askToQuit(window: BrowserWindow, runs: readonly string[]): Promise<QuitAnswer> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: `${runs.join(', ')} is being worked on.`,
    detail: 'Paused, it goes on where it stopped when you resume it. In the background it goes on now, without a window.',
    buttons: ['Pause and quit', 'Keep running in the background', 'Cancel'],
    ...{ defaultId: 0, cancelId: 2, noLink: true },
  })
  return quitAnswers[response] ?? 'cancel'
}

export async function askToQuitAtOnce(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: 'Laurel is still pausing the run.',
    detail: 'It waits for the current unit of work. Quit at once, and only that unit is done again later.',
    buttons: ['Keep waiting', 'Quit at once'],
    ...{ defaultId: 0, cancelId: 0, noLink: true },
  })
  return response === 1
}

/** Over whatever window the person is in. */
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
