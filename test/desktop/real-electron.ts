import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from 'playwright-core'
import type { Need } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'
import type { Desk } from './desk.ts'
import type { Recorded, ToStandIn } from './stand-in/control.ts'

/** Electron's executable if it is installed and can run: with a display, and on Linux not as root. */
const electronProgram: string | undefined = findElectron()

export const realElectron: Need = { isMet: electronProgram !== undefined, reason: 'no Electron (not installed, no display, or root)' }

function findElectron(): string | undefined {
  const folder = repositoryFile('node_modules/electron')
  const place = join(folder, 'path.txt')
  const canShow =
    process.platform !== 'linux' || ((process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY) !== undefined && process.getuid?.() !== 0)
  const program = existsSync(place) ? join(folder, 'dist', readFileSync(place, 'utf8')) : undefined
  return program !== undefined && existsSync(program) && canShow ? program : undefined
}

/** Starts Laurel in Electron itself, answering dialogs and recording calls. Requires `electronProgram`. */
export async function realDesk(home: string): Promise<Desk> {
  const application = await _electron.launch({
    executablePath: electronProgram,
    args: [repositoryFile('.')],
    env: { ...(process.env as Record<string, string>), LAUREL_HOME: home },
  })
  await listen(application)
  const child = application.process()
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const recorded = (): Promise<Recorded[]> => application.evaluate(() => (globalThis as unknown as { recorded: Recorded[] }).recorded)
  const page = await application.firstWindow()
  let last: Recorded[] = []
  return {
    page,
    ended,
    of: (call) => last.filter((one) => one.call === call).map(({ value }) => value),
    async seen(call, fits = () => true) {
      for (;;) {
        last = await recorded()
        const found = last.find((one) => one.call === call && fits(one.value))
        if (found !== undefined) return found.value
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    left: async () => void (await page.evaluate('new Promise((resolve) => setTimeout(resolve, 500))')), // Electron emits no event that a test could observe
    tell: (message) => perform(application, message),
    end: async () => void (await Promise.race([application.close(), ended]).catch(() => child.kill('SIGKILL'))),
  }
}

/** Records the same calls in Electron's main process as the stand-in does, and answers dialogs. */
const listen = (application: ElectronApplication): Promise<void> =>
  application.evaluate(({ BrowserWindow, dialog, Notification, powerSaveBlocker }) => {
    const shared = globalThis as unknown as { recorded: Recorded[]; answers: number[] }
    shared.recorded = []
    shared.answers = []
    const record = (call: string, value: unknown): void => void shared.recorded.push({ call, value })
    dialog.showMessageBox = (async (...args: unknown[]) => {
      record('dialog.showMessageBox', args.at(-1))
      while (shared.answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      return { response: shared.answers.shift()!, checkboxChecked: false }
    }) as typeof dialog.showMessageBox
    for (const name of ['show', 'hide', 'setProgressBar', 'setTitle'] as const) {
      const original = BrowserWindow.prototype[name] as (this: Electron.BrowserWindow, value?: never) => void
      const recording = function (this: Electron.BrowserWindow, value?: never) {
        record(`window.${name}`, value ?? null)
        original.call(this, value)
      }
      Object.assign(BrowserWindow.prototype, { [name]: recording })
    }
    Notification.prototype.show = function (this: Electron.Notification) {
      record('Notification', { title: this.title, body: this.body })
      ;(shared as unknown as { notification: Electron.Notification }).notification = this
    }
    const [start, stop] = [powerSaveBlocker.start.bind(powerSaveBlocker), powerSaveBlocker.stop.bind(powerSaveBlocker)]
    powerSaveBlocker.start = (type) => {
      record('powerSaveBlocker.start', type)
      return start(type)
    }
    powerSaveBlocker.stop = (id) => {
      record('powerSaveBlocker.stop', id)
      return stop(id)
    }
  })

const perform = (application: ElectronApplication, message: ToStandIn): Promise<void> =>
  application.evaluate(({ app, BrowserWindow, Menu, powerMonitor }, told) => {
    const shared = globalThis as unknown as { answers: number[]; notification?: Electron.Notification }
    const window = BrowserWindow.getAllWindows()[0]
    if (told.do === 'answer') shared.answers.push(told.button)
    if (told.do === 'quit') app.quit()
    if (told.do === 'crash-page') window.webContents.forcefullyCrashRenderer()
    if (told.do === 'click-notification') shared.notification?.emit('click')
    if (told.do === 'emit') {
      const emitter = { app, power: powerMonitor, window }[told.of] as unknown as NodeJS.EventEmitter
      emitter.emit(told.event, { preventDefault: () => {} })
    }
    if (told.do === 'choose') {
      const items = told.path.reduce<Electron.MenuItem | undefined>(
        (above, label) => (above?.submenu ?? Menu.getApplicationMenu())?.items.find((item) => item.label.replace('&', '') === label),
        undefined,
      )
      items?.click()
    }
  }, message)
