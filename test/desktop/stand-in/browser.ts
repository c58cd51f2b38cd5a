import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { type BrowserContext, chromium, type Page, type Route } from 'playwright-core'
import { chromiumPath } from '../../support/chromium-path.ts'
import { record } from './control.ts'
import { pageScript } from './page-script.ts'
import type { StandInPort } from './ports.ts'

/** Chromium doesn't support app://, so this address replaces it in the browser and is translated both ways. */
const outside = 'https://laurel.test'
const toApp = (address: string): string => address.replace(outside, 'app://laurel')
const fromApp = (address: string): string => address.replace('app://laurel', outside)

type Handler = (request: Request) => Response | Promise<Response>
const handlers = new Map<string, Handler>()
export const handleScheme = (scheme: string, handler: Handler): void => void handlers.set(scheme, handler)

let starting: Promise<BrowserContext> | undefined

const startBrowser = (): Promise<BrowserContext> => {
  const { LAUREL_STAND_IN_PROFILE: profile, LAUREL_STAND_IN_PORT: port } = process.env
  starting ??= chromium.launchPersistentContext(profile!, {
    executablePath: chromiumPath,
    viewport: { width: 1280, height: 800 },
    args: [`--remote-debugging-port=${port}`, '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  return starting
}

export const closeBrowser = async (): Promise<void> => void (await (await starting)?.close())

interface Stoppable {
  readonly url: string
  readonly isMainFrame: boolean
  defaultPrevented: boolean
  preventDefault(): void
}

const stoppable = (url: string, isMainFrame: boolean): Stoppable => ({
  ...{ url, isMainFrame, defaultPrevented: false },
  preventDefault() {
    this.defaultPrevented = true
  },
})

let lastContents = 0

/** A window's contents: a Chromium page with the part of Electron's WebContents that Laurel uses. */
export class StandInContents extends EventEmitter {
  readonly id = ++lastContents
  readonly mainFrame = {
    url: '',
    parent: null,
    postMessage: (channel: string, message: unknown, ports: StandInPort[] = []): void => this.transfer(channel, message, ports),
  }
  private readonly page: Promise<Page>
  private readonly ports = new Map<number, StandInPort>()
  private wanted = ''
  private openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })

  private readonly ipc: EventEmitter

  constructor(preload: string, ipc: EventEmitter) {
    super()
    this.ipc = ipc
    this.page = this.open(preload)
    this.page.catch((error: unknown) => record('failed', String(error)))
  }

  private async open(preload: string): Promise<Page> {
    const context = await startBrowser()
    const page = context.pages()[0] ?? (await context.newPage())
    await page.exposeFunction('__standInSend', (channel: string, args: unknown[]) =>
      this.ipc.emit(channel, { sender: this, senderFrame: this.mainFrame }, ...args),
    )
    await page.exposeFunction('__standInPort', (id: number, data: unknown) => this.ports.get(id)?.postMessage(data))
    await page.addInitScript(pageScript(readFileSync(preload, 'utf8')))
    await page.route('**', (route) => this.route(route))
    page.on('popup', (popup) => void this.refuse(popup))
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.mainFrame.url = toApp(frame.url())
    })
    return page
  }

  /** Handles every request and navigation of the page. */
  private async route(route: Route): Promise<void> {
    const request = route.request()
    if (request.isNavigationRequest() && request.url() !== this.wanted) {
      const event = stoppable(toApp(request.url()), request.frame().parentFrame() === null)
      this.emit('will-frame-navigate', event)
      if (event.isMainFrame) this.emit('will-navigate', event)
      record('navigation', { url: event.url, prevented: event.defaultPrevented })
      if (event.defaultPrevented) return route.fulfill({ status: 204 }) // the page doesn't navigate
    }
    const url = new URL(toApp(request.url()))
    const handler = handlers.get(url.protocol.slice(0, -1))
    if (handler === undefined) return route.abort()
    if (request.isNavigationRequest()) this.closePorts() // of the previous document
    const response = await handler(new Request(url, { method: request.method() }))
    const body = Buffer.from(await response.arrayBuffer())
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body })
  }

  private async refuse(popup: Page): Promise<void> {
    await popup.waitForLoadState('domcontentloaded').catch(() => {})
    const url = toApp(popup.url())
    const { action } = this.openHandler({ url })
    record('popup', { action })
    await popup.close()
  }

  private transfer(channel: string, message: unknown, ports: StandInPort[]): void {
    void this.page.then(async (page) => {
      for (const port of ports) this.bridge(port, page)
      await page.evaluate(
        `window.__standInReceive(${[channel, message, ports.map(({ id }) => id)].map((part) => JSON.stringify(part)).join()})`,
      )
      for (const port of ports) port.start()
    })
  }

  /** Forwards messages between the port and the page. */
  private bridge(port: StandInPort, page: Page): void {
    this.ports.set(port.id, port)
    port.on('message', ({ data }: { data: unknown }) => {
      page.evaluate(`window.__standInPost?.(${port.id}, ${JSON.stringify(data)})`).catch(() => {}) // the page is closed
    })
  }

  private closePorts(): void {
    for (const port of this.ports.values()) port.close()
    this.ports.clear()
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler
  }

  async load(address: string): Promise<void> {
    const page = await this.page
    this.wanted = fromApp(address)
    await page.goto(this.wanted, { waitUntil: 'domcontentloaded' })
    this.wanted = ''
  }

  reload(): void {
    void this.load('app://laurel/')
  }
}
