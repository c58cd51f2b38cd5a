import { join } from 'node:path'
import { app, BrowserWindow, dialog, nativeTheme } from 'electron'
import { resourceFile } from '../common/resources.ts'
import { appOrigin } from './security/origin.ts'
import { webPreferences } from './security/web-preferences.ts'

/** The page's own surface (renderer/theme/tokens.css), shown until it has painted. */
const surfaces = { light: '#fbfbfa', dark: '#171918' }

/**
 * Makes the window and loads the page; shown when it has something to show. Its place and size are as they were last. `own` learns the id
 * of its contents before they load anything.
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
    log(`the page did not load: ${String(error)}`)
    window.show() // rather an empty window than none
  })
  return window
}

/** A page that dies again at once would be reloaded for ever. */
const crashLimit = { times: 3, withinMs: 60_000 }

/** The page holds nothing that is not stored: when its process dies, it is loaded anew and shows what is. */
function reloadAfterCrash(window: BrowserWindow, log: (line: string) => void): void {
  let crashes: number[] = []
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return
    log(`the page's process is gone: ${reason} (exit code ${exitCode})`)
    crashes = [...crashes.filter((at) => Date.now() - at < crashLimit.withinMs), Date.now()]
    if (crashes.length < crashLimit.times) return window.webContents.reload()
    crashes = []
    void dialog
      .showMessageBox(window, {
        ...{ type: 'error', buttons: ['Reload'], message: 'The window keeps failing.' },
        detail: 'Everything is stored, and a run that is active goes on. Reload to try again; Help > Show logs tells more.',
      })
      .then(() => window.webContents.reload())
  })
}
