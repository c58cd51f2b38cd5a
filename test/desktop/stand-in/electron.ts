import { EventEmitter } from 'node:events'
import { closeBrowser, handleScheme, StandInContents } from './browser.ts'
import { onControl, record } from './control.ts'
import { utilityProcessOf } from './utility-process.ts'

/**
 * Replaces Electron's module where its binary isn't available: the part that Laurel's main uses, with a Chromium page for the window's
 * contents and ordinary processes for utility processes. Records calls and reports them to the test. It shows that main and preload make the
 * right calls in the right order, but nothing about Electron itself (sandbox, isolation, menus).
 */
export { MessageChannelMain } from './ports.ts'

const event = (): { defaultPrevented: boolean; preventDefault(): void } => ({
  defaultPrevented: false,
  preventDefault() {
    this.defaultPrevented = true
  },
})

class App extends EventEmitter {
  readonly isPackaged = false
  private readonly ready = Promise.withResolvers<void>()
  private isUp = false

  constructor() {
    super()
    setImmediate(() => {
      this.isUp = true
      record('ready')
      this.ready.resolve()
    })
  }

  isReady = (): boolean => this.isUp
  whenReady = (): Promise<void> => this.ready.promise
  getVersion = (): string => '0.0.0-test'
  setName = (name: string): void => record('app.setName', name)
  setPath = (name: string, path: string): void => record('app.setPath', [name, path])
  enableSandbox = (): void => record('app.enableSandbox', { beforeReady: !this.isUp })

  requestSingleInstanceLock(): boolean {
    const isFirst = process.env.LAUREL_STAND_IN_SECOND === undefined
    record('app.requestSingleInstanceLock', isFirst)
    return isFirst
  }

  quit(): void {
    const asked = event()
    this.emit('before-quit', asked)
    if (asked.defaultPrevented || !BrowserWindow.closeAll()) return
    this.emit('will-quit', event())
    this.exit(0)
  }

  exit(code = 0): void {
    record('app.exit', code)
    void closeBrowser().finally(() => process.exit(code))
  }
}
export const app = new App()
export const ipcMain = new EventEmitter()
export const powerMonitor = new EventEmitter()
export const utilityProcess = utilityProcessOf(app)
/** As on a Linux without a keyring. */
export const safeStorage = { isEncryptionAvailable: (): boolean => false, getSelectedStorageBackend: (): string => 'basic_text' }
export const nativeTheme = { shouldUseDarkColors: false, themeSource: 'system' }

export class BrowserWindow extends EventEmitter {
  private static readonly all: BrowserWindow[] = []
  readonly webContents: StandInContents

  constructor(options: { webPreferences: { preload: string } }) {
    super()
    const { webPreferences, ...rest } = options
    record('BrowserWindow', { ...rest, webPreferences })
    this.webContents = new StandInContents(webPreferences.preload, ipcMain)
    BrowserWindow.all.push(this)
    app.emit('web-contents-created', event(), this.webContents)
  }

  static closeAll = (): boolean => BrowserWindow.all.every((window) => window.close())
  static first = (): BrowserWindow => BrowserWindow.all[0]

  async loadURL(address: string): Promise<void> {
    record('loadURL', address)
    await this.webContents.load(address)
    this.emit('ready-to-show')
  }

  /** Returns whether the window may close. */
  close(): boolean {
    const asked = event()
    this.emit('close', asked)
    return !asked.defaultPrevented
  }

  show = (): void => record('window.show')
  hide = (): void => record('window.hide')
  focus = (): void => record('window.focus')
  restore = (): void => record('window.restore')
  isMinimized = (): boolean => false
  isFocused = (): boolean => false
  setTitle = (title: string): void => record('window.setTitle', title)
  setProgressBar = (share: number): void => record('window.setProgressBar', share)
}

const answers: number[] = []
export const dialog = {
  /** Waits until the test chooses a button. */
  async showMessageBox(...args: unknown[]): Promise<{ response: number }> {
    record('dialog.showMessageBox', args.at(-1))
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    return { response: answers.shift()! }
  },
  showErrorBox: (title: string, content: string): void => record('dialog.showErrorBox', { title, content }),
}

type Item = { label?: string; role?: string; accelerator?: string; enabled?: boolean; submenu?: Item[]; click?: () => void }
let applicationMenu: Item[] = []
export const Menu = {
  buildFromTemplate: (template: Item[]): Item[] => template,
  setApplicationMenu(template: Item[]): void {
    applicationMenu = template
    record('Menu.setApplicationMenu', JSON.parse(JSON.stringify(template)))
  },
}

export class Notification extends EventEmitter {
  static shown: Notification | undefined
  static isSupported = (): boolean => true
  private readonly options: object

  constructor(options: object) {
    super()
    this.options = options
  }

  show(): void {
    Notification.shown = this
    record('Notification', this.options)
  }
}

export class Tray extends EventEmitter {
  constructor(image: string) {
    super()
    record('Tray', image)
  }
  destroy = (): void => record('Tray.destroy')
  setToolTip = (): void => {}
  setContextMenu = (): void => {}
}

let blockers = 0
export const powerSaveBlocker = {
  start(type: string): number {
    record('powerSaveBlocker.start', type)
    return ++blockers
  },
  stop: (id: number): void => record('powerSaveBlocker.stop', id),
}

export const shell = {
  openExternal: async (address: string): Promise<void> => record('shell.openExternal', address),
  openPath: async (path: string): Promise<string> => {
    record('shell.openPath', path)
    return ''
  },
}

export const protocol = { registerSchemesAsPrivileged: (schemes: unknown): void => record('protocol.registerSchemesAsPrivileged', schemes) }

const sessionSetters = [
  'setPermissionRequestHandler',
  'setPermissionCheckHandler',
  'setDevicePermissionHandler',
  'setBluetoothPairingHandler',
  'setDisplayMediaRequestHandler',
] as const
export const session = {
  defaultSession: {
    ...Object.fromEntries(sessionSetters.map((name) => [name, () => record(`session.${name}`)])),
    protocol: { handle: handleScheme },
  },
}

function itemAt(items: readonly Item[], [label, ...rest]: readonly string[]): Item {
  const item = items.find((one) => one.label?.replace('&', '') === label)
  if (item === undefined) throw new Error(`no menu item ${label}`)
  return rest.length === 0 ? item : itemAt(item.submenu ?? [], rest)
}

onControl((message) => {
  switch (message.do) {
    case 'answer':
      return void answers.push(message.button)
    case 'choose':
      return itemAt(applicationMenu, message.path).click?.()
    case 'click-notification':
      return void Notification.shown?.emit('click')
    case 'quit':
      return app.quit()
    case 'crash-page':
      return void BrowserWindow.first().webContents.emit('render-process-gone', event(), { reason: 'crashed', exitCode: 5 })
    case 'emit':
      return void { app, power: powerMonitor, window: BrowserWindow.first() }[message.of].emit(message.event, event())
  }
})
