import { Menu } from 'electron'
import type { Application } from '../app/application.ts'
import { type MenuActions, menuTemplate, runInView } from './menu.ts'

/** Installs the native menu and rebuilds it when the page's view or the state of its run changes. */
export function installMenu(application: Application, actions: Omit<MenuActions, 'send'>): { refresh: () => void } {
  const { desk } = application
  let shown = ''
  function refresh(): void {
    const state = { isMac: process.platform === 'darwin', scheme: desk.view()?.scheme ?? 'auto', run: runInView(application) } as const
    if (JSON.stringify(state) === shown) return // replacing an open menu closes it
    shown = JSON.stringify(state)
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(state, { ...actions, send: desk.send })))
  }
  desk.onView(refresh)
  refresh()
  return { refresh }
}
