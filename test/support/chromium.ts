import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Where a Chromium may be: named by the person, or where systems put it. */
const places = [
  process.env.LAUREL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** A Chromium for tests of the window; undefined where there is none: those tests are then skipped, and say so. */
export const chromiumPath: string | undefined = places.find((path) => path !== undefined && existsSync(path))

if (chromiumPath === undefined) {
  process.stderr.write('SKIPPED: tests of the window need Chromium (Debian, Ubuntu: apt install chromium; else set LAUREL_CHROMIUM).\n')
}

const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', ...quiet] })

/** Everything a page complains of, collected: errors in its console, exceptions, refusals of its content security policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}

/** Open a one-time address, and wait until the page has gone on to the application. */
export async function signIn(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForURL((url) => !url.searchParams.has('token'))
}
