import type { IpcMainEvent } from 'electron'
import { isAppAddress } from './origin.ts'

/** Whether a message comes from the top-level page of one of our windows, not from other web contents, a nested frame, or another origin. */
export function isOwnPage({ sender, senderFrame }: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, windows: ReadonlySet<number>): boolean {
  if (senderFrame === null || !windows.has(sender.id)) return false
  return senderFrame === sender.mainFrame && senderFrame.parent === null && isAppAddress(senderFrame.url)
}
