import { type BrowserWindow, Menu, Tray } from 'electron'
import { resourceFile } from '../common/resources.ts'

/** The application without its window: an icon in the tray leads back. Starting Laurel again does so too, where there is no tray. */
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
        log(`no tray here: ${String(error)}`)
        return
      }
      tray.setToolTip('Laurel: a run is being worked on')
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
