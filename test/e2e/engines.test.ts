import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { type StandInServer, standInServer } from '../support/stand-in-server.ts'

const key = 'sk-typed-in-the-window'

needing(browser).describe('a run that answers on this machine and is judged by a server', () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-engines-'))
  let laurel: OpenLaurel
  let server: StandInServer
  let page: Page
  const received: string[] = []

  beforeAll(async () => {
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    server = await standInServer({ key })
    const listen = (opening: Page) =>
      opening.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => void received.push(String(payload))))
    laurel = await openServed(home, { prepare: listen })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    await server?.close()
    rmSync(home, { recursive: true, force: true })
  })

  test('begins with an engine, which is tested as it is added', async () => {
    await laurel.go('/system/engines')
    await page.getByText('Only this machine').waitFor()
    await page.getByRole('button', { name: 'Add engine' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add and test' }).click()
    await dialog.getByText('Use letters, digits').waitFor()
    await dialog.getByLabel('Name').fill('big')
    await dialog.getByLabel('Address').fill(server.address)
    await dialog.getByLabel('Model').fill('big-model')
    await dialog.getByLabel('API key', { exact: true }).fill(key)
    await dialog.getByRole('button', { name: 'Add and test' }).click()
    const card = page.getByRole('listitem', { name: 'big' })
    await card.getByText('of the 12 likeliest first tokens').waitFor()
    await card.getByText('additive, expected score', { exact: false }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('continues with a recipe that names it as the judge', async () => {
    await laurel.go('/runs/new')
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
    await page.getByText('Run finished').waitFor({ timeout: 600_000 })
    const panel = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Engines', exact: true }) })
    await panel.getByRole('row', { name: /big/ }).waitFor()
    await panel.getByText('this machine').first().waitFor()
    expect(server.seen.filter(({ body }) => body.top_logprobs !== undefined && body.max_tokens === 1).length).toBeGreaterThan(50)
    expect(laurel.complaints).toEqual([])
  }, 620_000)

  test('and the engine’s settings can be changed, and keep their test while the server is the same', async () => {
    await laurel.go('/system/engines')
    const card = page.getByRole('listitem', { name: 'big' })
    await card.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Address').inputValue()).toBe(server.address)
    await dialog.getByLabel('Request timeout (seconds)').fill('0')
    await dialog.getByLabel('Input price per 1M tokens').fill('2')
    await dialog.getByLabel('Currency').fill('euros')
    await dialog.getByLabel('API key environment variable').fill('A KEY')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByLabel('Extra request fields').fill('{"temperature": 1}')
    await dialog.getByText('Enter a value').waitFor()
    await dialog.getByText('It must not set temperature, which Laurel sets itself').waitFor()
    await dialog.getByLabel('Extra request fields').fill('')
    await dialog.getByText('It must be a currency code').waitFor()
    await dialog.getByText('It must be the name of an environment variable').waitFor()
    await dialog.getByLabel('Currency').fill('EUR')
    await dialog.getByLabel('API key environment variable').fill('BIG_KEY')
    await dialog.getByLabel('Request timeout (seconds)').fill('60')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await card.getByText('of the 12 likeliest first tokens').waitFor()
    await card.getByRole('button', { name: 'Edit' }).click()
    expect(await dialog.getByLabel('Request timeout (seconds)').inputValue()).toBe('60')
    expect(await dialog.getByLabel('Input price per 1M tokens').inputValue()).toBe('2')
    expect(await dialog.getByLabel('Currency').inputValue()).toBe('EUR')
    expect(await dialog.getByLabel('API key environment variable').inputValue()).toBe('BIG_KEY')
    await dialog.getByLabel('Model').fill('bigger-model')
    await dialog.getByRole('button', { name: 'Save and test' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  test('and a cluster’s settings can be changed, down to where its storage is mounted', async () => {
    const dialog = page.getByRole('dialog')
    const storage = dialog.getByLabel('Storage', { exact: true })
    const mount = dialog.getByLabel('Folder of the storage on this machine')
    const variable = dialog.getByLabel('API key environment variable')
    await page.getByRole('button', { name: 'Add engine' }).click()
    await dialog.getByText('Ray cluster').click()
    await dialog.getByLabel('Name').fill('cluster')
    await dialog.getByLabel('Address').fill('http://127.0.0.1:9')
    await storage.fill('s3://bucket/laurel')
    await mount.fill('/mnt/bucket')
    await dialog.getByRole('button', { name: 'Add and test' }).click()
    await dialog.waitFor({ state: 'detached' })
    const card = page.getByRole('listitem', { name: 'cluster' })
    await card.getByRole('button', { name: 'Edit' }).click()
    expect([await storage.inputValue(), await mount.inputValue()]).toEqual(['s3://bucket/laurel', '/mnt/bucket'])
    await variable.fill('RAY_TOKEN')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await card.getByRole('button', { name: 'Edit' }).click()
    expect(await variable.inputValue()).toBe('RAY_TOKEN')
    await storage.fill('/mnt/shared')
    await mount.fill('')
    await dialog.getByRole('button', { name: 'Save and test' }).click()
    await dialog.waitFor({ state: 'detached' })
    await card.getByRole('button', { name: 'Edit' }).click()
    expect([await storage.inputValue(), await mount.inputValue(), await variable.inputValue()]).toEqual(['/mnt/shared', '', 'RAY_TOKEN'])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await card.getByRole('button', { name: 'Remove' }).click()
    await card.waitFor({ state: 'detached' })
  })

  test('without the key in anything that the window was sent', () => {
    expect(received.length).toBeGreaterThan(10)
    expect(received.filter((text) => text.includes(key))).toEqual([])
  })

  test('and the engine is removed with its key, which can be undone for a while', async () => {
    await laurel.go('/system/engines')
    await page.getByRole('listitem', { name: 'big' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Only this machine').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('listitem', { name: 'big' }).getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Only this machine').waitFor()
  })
})
