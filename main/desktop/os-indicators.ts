import { type BrowserWindow, Notification, powerSaveBlocker } from 'electron'
import type { RunNotice } from '../shared/run-notices.ts'
import type { RunSigns } from './run-watch.ts'

/** Shows runs on the taskbar and in notifications, and keeps the machine awake. `open` shows the window at a path. */
export function electronIndicators(window: BrowserWindow, open: (path: string) => void): Omit<RunSigns, 'changed'> {
  let blocker: number | undefined
  const shown = new Set<Notification>() // keeps clickable notifications from being garbage-collected
  return {
    progress: (share) => window.setProgressBar(share ?? -1),
    notify(notice) {
      if (window.isFocused() || !Notification.isSupported()) return // the focused window already shows it
      const notification = notificationOf(notice, open)
      shown.add(notification)
      notification.on('close', () => shown.delete(notification))
      notification.show()
    },
    working(isWorking) {
      if (isWorking) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
      else if (blocker !== undefined) {
        powerSaveBlocker.stop(blocker)
        blocker = undefined
      }
    },
  }
}

function notificationOf({ title, body, path }: RunNotice, open: (path: string) => void): Notification {
  const notification = new Notification({ title, body })
  notification.on('click', () => open(path))
  return notification
}
