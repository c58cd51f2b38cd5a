import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { rendererFolder } from '../../main/common/renderer-files.ts'
import { endSessions } from '../../main/serve/sessions.ts'
import { complaintsOf, launchChromium, signIn } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { tinyHome } from '../support/tiny-run.ts'

needing(browser).describe('the window in a browser', () => {
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

  test('opens at the printed address, complies with its content security policy, and hides the token', async () => {
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    await signIn(page, served.address)
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    expect(page.url()).not.toContain('token')
    await page.goto(new URL('/nothing-here', page.url()).href)
    await page.getByText('Nothing is at this address').waitFor()
    expect(page.url()).toMatch(/nothing-here$/)
    await page.getByRole('main').getByRole('link', { name: 'Runs' }).click()
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  test('an open page reconnects after a server restart, and says what to do when it is signed out', async () => {
    const own = mkdtempSync(join(tmpdir(), 'laurel-restart-'))
    let server = await startServe(own)
    const context = await browser.newContext()
    const page = await context.newPage()
    await signIn(page, server.address)
    const bar = page.getByRole('status')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()

    await server.end('SIGKILL')
    await bar.filter({ hasText: 'can’t be reached' }).waitFor()
    server = await startServe(own)
    await bar.filter({ hasText: 'can’t be reached' }).waitFor({ state: 'detached' })

    await server.end()
    endSessions(homePaths(own).serve)
    server = await startServe(own)
    await bar.filter({ hasText: 'no longer signed in' }).waitFor()
    const other = await context.newPage()
    await signIn(other, server.address)
    await bar.filter({ hasText: 'no longer signed in' }).waitFor({ state: 'detached' })
    await context.close()
    await server.end()
    rmSync(own, { recursive: true, force: true })
  })

  test('the printed address doesn’t work a second time, in another browser', async () => {
    const stranger = await browser.newContext()
    const response = await (await stranger.newPage()).goto(served.address)
    expect(response?.status()).toBe(401)
    await stranger.close()
  })
})
