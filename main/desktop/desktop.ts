import { join } from 'node:path'
import { app, dialog } from 'electron'
import { homeFolder } from '../common/home.ts'
import { keepPrivate } from '../common/private-files.ts'
import { guardProcess } from '../common/work-scope.ts'
import { toErrorValue } from '../shared/errors.ts'
import { registerAppScheme } from './app-protocol.ts'
import { type Log, openLog } from './desktop-log.ts'
import { openDesktop } from './open-desktop.ts'

/**
 * Starts the desktop application. Enforces one instance per data folder before opening anything. This file holds what must run before
 * Electron is ready; `openDesktop` does the rest.
 */
export function beginDesktop(): void {
  const home = homeFolder()
  keepPrivate(home)
  app.setName('Laurel')
  app.setPath('userData', join(home, 'window')) // the page's storage; also what the single-instance lock is keyed by
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('Laurel is already open. Bringing its window to the front.\n')
    app.exit(0)
    return
  }
  const log = openLog(home)
  guardProcess((error) => log.write(`uncaught error: ${toErrorValue(error).message}`))
  app.enableSandbox()
  registerAppScheme()
  app.on('child-process-gone', (_event, { type, name, reason }) => {
    if (reason !== 'clean-exit') log.write(`${name ?? type} ended: ${reason}`)
  })
  app
    .whenReady()
    .then(() => openDesktop(home, log))
    .catch((error: unknown) => fail(error, log))
}

/** Without a window there is nowhere else to show the error: shows a dialog and exits. */
function fail(error: unknown, log: Log): void {
  const { message, remedy } = toErrorValue(error)
  log.write(`couldn't open: ${message}`)
  dialog.showErrorBox("Couldn't open Laurel", `${message}\n\n${remedy}`)
  app.exit(1)
}
