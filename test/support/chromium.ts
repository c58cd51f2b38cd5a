import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { chromiumPath } from './chromium-path.ts'

const quiet = ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu', ...quiet] })

/** Collects a page's problems: console errors, exceptions, and violations of its content security policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}

/** Open a one-time address, and wait until the page shows the application. */
export async function signIn(page: Page, address: string): Promise<void> {
  page.context().setDefaultTimeout(60_000) // for busy machines; an element that is already there is found immediately
  await page.goto(address)
  await page.waitForURL((url) => !url.searchParams.has('token'))
}

/** Polls a condition from outside the page, because a content security policy blocks the evaluation that `waitForFunction` does in it. */
export const untilTrue = (page: Page, condition: string): Promise<void> =>
  expect.poll(() => page.evaluate(condition), { timeout: 60_000, interval: 20 }).toBe(true)
