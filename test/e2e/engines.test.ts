import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { complaintsOf, launchChromium, signIn } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { type StandInServer, standInServer } from '../support/stand-in-server.ts'

const key = 'sk-typed-in-the-window'

needing(browser).describe('a run that answers on this machine and is judged by a server', () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-engines-'))
  let browser: Browser
  let server: StandInServer
  let served: ServedLaurel
  let page: Page
  let complaints: string[]
  const received: string[] = []

  beforeAll(async () => {
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    server = await standInServer({ key })
    served = await startServe(home)
    browser = await launchChromium()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => void received.push(String(payload))))
    complaints = complaintsOf(page)
    await signIn(page, served.address)
  })
  afterAll(async () => {
    await browser?.close()
    await served?.end()
    await server?.close()
    rmSync(home, { recursive: true, force: true })
  })

  const go = (path: string) => page.goto(new URL(path, served.address).href)

  test('begins with an engine, which is tested as it is added', async () => {
    await go('/system/engines')
    await page.getByText('Only this machine').waitFor()
    await page.getByRole('button', { name: 'Add engine' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add and test' }).click()
    await dialog.getByText('Use letters, digits').waitFor()
    await dialog.getByLabel('Name').fill('big')
    await dialog.getByLabel('Address').fill(server.address)
    await dialog.getByLabel('Model').fill('big-model')
    await dialog.getByLabel('Key', { exact: true }).fill(key)
    await dialog.getByRole('button', { name: 'Add and test' }).click()
    const card = page.getByRole('listitem', { name: 'big' })
    await card.getByText('of the 12 likeliest first tokens').waitFor()
    await card.getByText('additive, expected score', { exact: false }).waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)).toEqual([])
  })

  test('continues with a recipe that names it as the judge', async () => {
    await go('/runs/new')
    await page.getByRole('radio', { name: /Demo/ }).check({ force: true })
    await page.locator('#group-judge > summary').click()
    await page.locator('#field-judge\\.method').click()
    await page.getByRole('option', { name: /^yes/ }).click()
    await page.locator('#group-engine > summary').click()
    await page.locator('#field-engines\\.judge').click()
    await page.getByRole('option', { name: 'big (big-model)' }).click()
    await page.locator('#field-iterations').fill('1')
    await page.getByRole('button', { name: 'Create and start' }).click()
    await page.waitForURL(/\/runs\/r-\w+$/)
  })

  test('and ends with models that its judgements trained, and with what they took', async () => {
    await page.getByText('finished').first().waitFor({ timeout: 600_000 })
    const panel = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Engines', exact: true }) })
    await panel.getByRole('row', { name: /big/ }).waitFor()
    await panel.getByText('this machine').first().waitFor()
    expect(server.seen.filter(({ body }) => body.top_logprobs !== undefined && body.max_tokens === 1).length).toBeGreaterThan(50)
    expect(complaints).toEqual([])
  }, 620_000)

  test('without the key in anything that the window was sent', () => {
    expect(received.length).toBeGreaterThan(10)
    expect(received.filter((text) => text.includes(key))).toEqual([])
  })

  test('and the engine is removed with its key, which can be undone for a while', async () => {
    await go('/system/engines')
    await page.getByRole('listitem', { name: 'big' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Only this machine').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('listitem', { name: 'big' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Only this machine').waitFor()
  })
})
