import type { IpcMainEvent } from 'electron'
import { isAppAddress } from './origin.ts'

/** Whether a message comes from the page of one of our windows itself: no other contents, no frame inside it, no other origin. */
export function isOwnPage({ sender, senderFrame }: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, windows: ReadonlySet<number>): boolean {
  if (senderFrame === null || !windows.has(sender.id)) return false
  return senderFrame === sender.mainFrame && senderFrame.parent === null && isAppAddress(senderFrame.url)
}
