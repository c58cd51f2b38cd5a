import { Menu } from 'electron'
import type { Application } from '../api/application.ts'
import { type MenuActions, menuTemplate } from './menu.ts'
import { runInView } from './run-in-view.ts'

/** The native menu, kept as what the page shows and the state of its run ask for. */
export function installMenu(application: Application, actions: Omit<MenuActions, 'send'>): { refresh: () => void } {
  const { desk } = application
  let shown = ''
  function refresh(): void {
    const state = { isMac: process.platform === 'darwin', scheme: desk.view()?.scheme ?? 'auto', run: runInView(application) } as const
    if (JSON.stringify(state) === shown) return // a menu that is open must not be replaced for nothing
    shown = JSON.stringify(state)
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(state, { ...actions, send: desk.send })))
  }
  desk.onView(refresh)
  refresh()
  return { refresh }
}
