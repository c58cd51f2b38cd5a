import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rendererFolder } from '../../main/common/renderer-files.ts'
import { chromiumPath, complaintsOf, launchChromium } from '../support/chromium.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { tinyHome } from '../support/tiny-run.ts'

describe.skipIf(chromiumPath === undefined)('the window in a browser', () => {
  const { home, remove } = tinyHome()
  let browser: Browser
  let served: ServedLaurel

  beforeAll(async () => {
    expect(existsSync(rendererFolder()), 'the window is built').toBe(true)
    served = await startServe(home)
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await served?.end()
    remove()
  })

  test('opens at the printed address, obeys its content security policy, and keeps the token out of sight', async () => {
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    await page.goto(served.address)
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    expect(page.url()).not.toContain('token')
    expect(complaints).toEqual([])
    await page.close()
  })

  test('does not open at the printed address a second time, for another browser', async () => {
    const stranger = await browser.newContext()
    const response = await (await stranger.newPage()).goto(served.address)
    expect(response?.status()).toBe(401)
    await stranger.close()
  })
})
