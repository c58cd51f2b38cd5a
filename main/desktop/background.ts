import { type BrowserWindow, Menu, Tray } from 'electron'
import { resourceFile } from '../common/resources.ts'

/** Runs the application without its window. A tray icon brings the window back; without a tray, starting Laurel again does. */
export function background(window: BrowserWindow, quit: () => void, log: (line: string) => void) {
  let tray: Tray | undefined

  function show(): void {
    tray?.destroy()
    tray = undefined
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  return {
    hide(): void {
      window.hide()
      try {
        tray ??= new Tray(resourceFile('icons', '32x32.png'))
      } catch (error) {
        log(`couldn't show a tray icon: ${String(error)}`)
        return
      }
      tray.setToolTip('Laurel: a run is in progress')
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { label: 'Open Laurel', click: show },
          { label: 'Quit', click: quit },
        ]),
      )
      tray.on('click', show)
    },
    show,
  }
}
