import type { MenuItemConstructorOptions } from 'electron'
import type { Application } from '../app/application.ts'
import { isActive, type ShownStatus } from '../shared/contract/runs-contract.ts'
import type { ColorScheme, WindowCommand } from '../shared/contract/system-contract.ts'

/** The window's sections, in the order of its navigation rail. */
export const menuPlaces = [
  ['Runs', '/runs'],
  ['Review', '/review'],
  ['Compare', '/compare'],
  ['Models', '/models'],
  ['Data', '/data'],
  ['Search', '/search'],
  ['Evaluate', '/evaluate'],
  ['System', '/system'],
] as const

export interface MenuState {
  readonly isMac: boolean
  readonly scheme: ColorScheme
  /** Available actions on the run that the page shows. */
  readonly run: { readonly start: boolean; readonly pause: boolean; readonly stop: boolean }
}

export interface MenuActions {
  readonly send: (command: WindowCommand) => void
  readonly openLogs: () => void
  readonly openPaper: () => void
}

const schemes: readonly (readonly [ColorScheme, string])[] = [
  ['auto', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

/** The native menu as plain data. Commands for the page are sent to it and handled there like its own buttons. */
export function menuTemplate(state: MenuState, actions: MenuActions): MenuItemConstructorOptions[] {
  const appMenu: MenuItemConstructorOptions[] = state.isMac ? [{ role: 'appMenu' }] : []
  return [
    ...appMenu,
    fileMenu(state, actions),
    { role: 'editMenu' },
    runMenu(state, actions),
    viewMenu(state, actions),
    { role: 'windowMenu' },
    helpMenu(state, actions),
  ]
}

const fileMenu = ({ isMac }: MenuState, { send }: MenuActions): MenuItemConstructorOptions => ({
  label: '&File',
  submenu: [
    { label: 'New run', accelerator: 'CmdOrCtrl+N', click: () => send({ command: 'go', path: '/runs/new' }) },
    { type: 'separator' },
    isMac ? { role: 'close' } : { role: 'quit' },
  ],
})

function runMenu({ run }: MenuState, { send }: MenuActions): MenuItemConstructorOptions {
  const item = (label: string, action: keyof MenuState['run'], accelerator: string): MenuItemConstructorOptions => ({
    ...{ label, accelerator, enabled: run[action] },
    click: () => send({ command: 'run', action }),
  })
  return {
    label: '&Run',
    submenu: [
      item('Start or resume', 'start', 'CmdOrCtrl+Shift+R'),
      item('Pause', 'pause', 'CmdOrCtrl+Shift+P'),
      item('Stop and keep', 'stop', 'CmdOrCtrl+Shift+K'),
    ],
  }
}

const viewMenu = ({ scheme }: MenuState, { send }: MenuActions): MenuItemConstructorOptions => ({
  label: '&View',
  submenu: [
    ...menuPlaces.map(
      ([label, path], i): MenuItemConstructorOptions => ({
        ...{ label, accelerator: `CmdOrCtrl+${i + 1}` },
        click: () => send({ command: 'go', path }),
      }),
    ),
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    { type: 'separator' },
    {
      label: 'Color scheme',
      submenu: schemes.map(
        ([value, label]): MenuItemConstructorOptions => ({
          ...{ label, type: 'radio', checked: scheme === value },
          click: () => send({ command: 'scheme', scheme: value }),
        }),
      ),
    },
  ],
})

const helpMenu = ({ isMac }: MenuState, { openLogs, openPaper }: MenuActions): MenuItemConstructorOptions => ({
  role: 'help',
  submenu: [
    { label: 'The paper (arxiv.org)', click: openPaper },
    { label: 'Show logs', click: openLogs },
    ...(isMac ? [] : [{ type: 'separator' } as const, { role: 'about' } as const]),
  ],
})

const none = { start: false, pause: false, stop: false }

/** The native menu's available actions on the run that the page shows. */
export function runInView({ runs, desk }: Pick<Application, 'runs' | 'desk'>): MenuState['run'] {
  const id = /^\/runs\/([^/]+)$/.exec(desk.view()?.path ?? '')?.[1]
  if (id === undefined || id === 'new') return none
  try {
    return waysFor(runs.show(id).status)
  } catch {
    return none // no such run
  }
}

function waysFor(status: ShownStatus): MenuState['run'] {
  if (isActive(status)) return { start: false, pause: true, stop: true }
  if (status === 'finished') return none
  return { start: true, pause: false, stop: status !== 'created' }
}
