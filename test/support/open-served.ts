import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { complaintsOf, launchChromium, signIn } from './chromium.ts'
import { type ServedLaurel, startServe } from './served.ts'

/** `laurel serve` and a signed-in page of it. */
export interface OpenLaurel {
  readonly served: ServedLaurel
  readonly page: Page
  /** The page's complaints so far. */
  readonly complaints: readonly string[]
  go(path: string): Promise<unknown>
  /** Closes the page and its browser, and ends the server. */
  end(): Promise<void>
}

interface Opening extends Pick<BrowserContextOptions, 'permissions'> {
  /** Of the window, in pixels. It is 1280 wide. */
  readonly height?: number
  /** A browser that stays open, for tests that open several pages. */
  readonly browser?: Browser
  /** What the page needs before it loads. */
  readonly prepare?: (page: Page) => unknown
}

/** Serves a data folder and opens its window at the printed address, as a user does. */
export async function openServed(home: string, { height = 800, browser: shared, prepare, permissions }: Opening = {}): Promise<OpenLaurel> {
  const served = await startServe(home)
  try {
    const browser = shared ?? (await launchChromium())
    const context = await browser.newContext({ viewport: { width: 1280, height }, permissions })
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await prepare?.(page)
    await signIn(page, served.address)
    return {
      ...{ served, page, complaints },
      go: (path) => page.goto(new URL(path, served.address).href),
      async end() {
        await (shared === undefined ? browser.close() : context.close())
        await served.end()
      },
    }
  } catch (error) {
    await served.end('SIGKILL')
    throw error
  }
}
