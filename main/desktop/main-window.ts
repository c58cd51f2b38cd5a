import { join } from 'node:path'
import { app, BrowserWindow, dialog, nativeTheme } from 'electron'
import { resourceFile } from '../common/resources.ts'
import { appOrigin, webPreferences } from './security.ts'

/** The page's background (renderer/theme/tokens.css), shown until its first paint. */
const surfaces = { light: '#fbfbfa', dark: '#171918' }

/**
 * Creates the window with its last position and size, loads the page, and shows the window once the page is ready. Adds the id of its
 * web contents to `own` before anything loads.
 */
export function openMainWindow(log: (line: string) => void, own: Set<number>): BrowserWindow {
  const window = new BrowserWindow({
    name: 'main',
    windowStatePersistence: true,
    title: 'Laurel',
    ...{ width: 1280, height: 800, minWidth: 960, minHeight: 640 },
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? surfaces.dark : surfaces.light,
    ...(process.platform === 'linux' && { icon: resourceFile('icons', '512x512.png') }),
    webPreferences: webPreferences(join(import.meta.dirname, '..', '..', 'preload', 'preload.cjs'), !app.isPackaged),
  })
  own.add(window.webContents.id)
  window.once('ready-to-show', () => window.show())
  window.on('page-title-updated', (event) => event.preventDefault())
  reloadAfterCrash(window, log)
  window.loadURL(`${appOrigin}/`).catch((error: unknown) => {
    log(`couldn't load the page: ${String(error)}`)
    window.show() // an empty window is better than none
  })
  return window
}

/** Prevents endless reloads of a page that crashes on load. */
const crashLimit = { times: 3, withinMs: 60_000 }

/** Reloads the page after a crash of its process. Nothing is lost: the page holds no unsaved state. */
function reloadAfterCrash(window: BrowserWindow, log: (line: string) => void): void {
  let crashes: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return
    log(`the renderer process ended: ${reason} (exit code ${exitCode})`)
    crashes = [...crashes.filter((at) => Date.now() - at < crashLimit.withinMs), Date.now()]
    if (crashes.length < crashLimit.times) return window.webContents.reload()
    crashes = []
    void dialog
      .showMessageBox(window, {
        ...{ type: 'error', buttons: ['Reload'], message: 'The window keeps crashing.' },
        detail: 'Your data is saved, and active runs continue. Reload to try again. For details, choose Help > Show logs.',
      })
      .then(() => window.webContents.reload())
  })
}
