import { join } from 'node:path'
import { app, dialog } from 'electron'
import { toErrorValue } from '../common/errors.ts'
import { homeFolder } from '../common/home.ts'
import { keepPrivate } from '../common/private-files.ts'
import { guardProcess } from '../common/work-scope.ts'
import { registerAppScheme } from './app-protocol.ts'
import { type Log, openLog } from './log.ts'
import { openDesktop } from './open-desktop.ts'

/**
 * The desktop application, from Electron's start. One instance per data folder, decided before anything is opened; here is what must stand
 * before Electron is ready, the rest is in `openDesktop`.
 */
export function beginDesktop(): void {
  const home = homeFolder()
  keepPrivate(home)
  app.setName('Laurel')
  app.setPath('userData', join(home, 'window')) // the page's own storage, and what a second start is told by
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('Laurel is open already: its window comes to the front.\n')
    app.exit(0)
    return
  }
  const log = openLog(home)
  guardProcess((error) => log.write(`an error that nothing caught: ${toErrorValue(error).message}`))
  app.enableSandbox()
  registerAppScheme()
  app.on('child-process-gone', (_event, { type, name, reason }) => {
    if (reason !== 'clean-exit') log.write(`${name ?? type} is gone: ${reason}`)
  })
  app
    .whenReady()
    .then(() => openDesktop(home, log))
    .catch((error: unknown) => fail(error, log))
}

/** Nothing can be shown in a window that does not open: say it and end. */
function fail(error: unknown, log: Log): void {
  const { message, remedy } = toErrorValue(error)
  log.write(`cannot open: ${message}`)
  dialog.showErrorBox('Laurel cannot open', `${message}\n\n${remedy}`)
  app.exit(1)
}
