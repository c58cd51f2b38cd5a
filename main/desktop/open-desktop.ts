import { app, type BrowserWindow, ipcMain, nativeTheme, powerMonitor, safeStorage, session, shell } from 'electron'
import { type Application, openApplication } from '../app/application.ts'
import { appRouter } from '../app/router.ts'
import { announce } from '../common/presence.ts'
import { rendererFolder } from '../common/renderer-files.ts'
import { demoCheckers } from '../demo/demo-run.ts'
import { useScriptRunner } from '../runtimes/command.ts'
import { serveAppProtocol } from './app-protocol.ts'
import { background } from './background.ts'
import { desktopEngines } from './desktop-engines.ts'
import type { Log } from './desktop-log.ts'
import { keyVault } from './key-vault.ts'
import { openMainWindow } from './main-window.ts'
import { installMenu } from './native-menu.ts'
import { electronIndicators } from './os-indicators.ts'
import { askToOpen, askToQuit, askToQuitAtOnce } from './questions.ts'
import { type Quitting, quitting } from './quitting.ts'
import { watchRuns } from './run-watch.ts'
import { confineNavigation, denyPermissions, externalLinks } from './security.ts'
import { sleepWell } from './sleep.ts'
import { runUtilityScript } from './utility-script.ts'
import { handOutPorts } from './window-port.ts'

const paper = 'https://arxiv.org/abs/2401.10020'

/** Opens the application and its window once Electron is ready. Throws if the data folder can't be used. */
export function openDesktop(home: string, log: Log): void {
  const application = openApplication({
    ...{ home, surface: 'desktop', version: app.getVersion(), checkersOf: demoCheckers },
    startEngine: desktopEngines(home, log.write),
    vault: keyVault(safeStorage),
  })
  useScriptRunner(runUtilityScript)
  const { leave } = announce(home, 'the desktop application')
  app.once('will-quit', leave)
  const openOutside = secure(log)
  const windows = new Set<number>()
  handOutPorts({ ipc: ipcMain, router: appRouter(application), windows, log: log.write })
  const window = openMainWindow(log.write, windows)
  const hidden = background(window, () => app.quit(), log.write)
  const ending = endPolitely(application, window, hidden.hide, log)
  const menu = installMenu(application, {
    openLogs: () => void shell.openPath(log.folder),
    openPaper: () => openOutside(paper),
  })
  app.on('second-instance', hidden.show)
  app.on('activate', hidden.show)
  application.desk.onView(({ scheme }) => {
    nativeTheme.themeSource = scheme === 'auto' ? 'system' : scheme
  })
  const goTo = (path: string): void => {
    hidden.show()
    application.desk.send({ command: 'go', path })
  }
  keepWatch(application, window, { goTo, refreshMenu: menu.refresh, ending, log })
}

/** Applies the security rules before any page exists. Returns the only way to open an external address. */
function secure(log: Log): (address: string) => void {
  denyPermissions(session.defaultSession)
  serveAppProtocol(session.defaultSession.protocol, rendererFolder())
  const open = externalLinks({ confirm: askToOpen, open: (address) => shell.openExternal(address), log: log.write })
  app.on('web-contents-created', (_event, contents) => confineNavigation(contents, open))
  return open
}

function endPolitely(application: Application, window: BrowserWindow, hide: () => void, log: Log): Quitting {
  const { queue, store } = application
  const active = (): string[] => queue.active('run').map((id) => store.runs.resolve(id).name)
  const ending = quitting({
    ask: (names) => askToQuit(window, names),
    askAtOnce: () => askToQuitAtOnce(window),
    exitAtOnce: () => app.exit(0),
    background: hide,
    closing() {
      if (active().length === 0) return window.hide()
      window.setTitle('Laurel: pausing the run')
      window.setProgressBar(2) // indeterminate
    },
    close: () => application.close(),
    exit: () => app.quit(),
    ...{ active, log: log.write },
  })
  app.on('before-quit', (event) => {
    if (!ending.request()) event.preventDefault()
  })
  window.on('close', (event) => {
    if (ending.isClosed()) return
    event.preventDefault()
    if (process.platform === 'darwin' && !ending.isClosing()) window.hide()
    else app.quit()
  })
  return ending
}

interface Watch {
  readonly goTo: (path: string) => void
  readonly refreshMenu: () => void
  readonly ending: Quitting
  readonly log: Log
}

/** Keeps the taskbar, notifications, menu, and sleep blocker in step with the runs. */
function keepWatch(application: Application, window: BrowserWindow, { goTo, refreshMenu, ending, log }: Watch): void {
  const stop = new AbortController()
  app.once('will-quit', () => stop.abort())
  watchRuns(application, { ...electronIndicators(window, goTo), changed: refreshMenu }, stop.signal).catch((error: unknown) =>
    log.write(`stopped watching runs: ${String(error)}`),
  )
  const sleep = sleepWell(application.queue, log.write)
  powerMonitor.on('suspend', sleep.suspend)
  powerMonitor.on('resume', () => void sleep.resume())
  powerMonitor.on('shutdown', ending.now)
  window.on('session-end', ending.now)
}
