import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineKeys } from '../../main/app/engines/engine-keys.ts'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { openaiSettings } from '../../main/shared/engine-settings.ts'
import { openStore } from '../../main/store/store.ts'
import { complaintsOf, launchChromium, signIn } from '../support/chromium.ts'
import { addServer } from '../support/configured-engines.ts'
import { browser, needing } from '../support/needs.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { type StandInServer, standInServer } from '../support/stand-in-server.ts'

const key = 'sk-stored-before-the-window-opened'

needing(browser).describe('the model of a server', () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-server-models-'))
  const ranked = join(home, 'ranked.jsonl')
  let browser: Browser
  let server: StandInServer
  let served: ServedLaurel
  let page: Page
  let complaints: string[]
  const received: string[] = []

  beforeAll(async () => {
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    const rows = Array.from({ length: 6 }, (_, i) => ({ question: `What is ${i % 2}?`, answer: `It is ${i}.`, rank: Math.floor(i / 2) }))
    writeFileSync(ranked, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    server = await standInServer({ key })
    const store = openStore(homePaths(home).database)
    addServer(store, server.address, { has: { prompt_logprobs: null } })
    store.engines.add('small', openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', retries: 0 }))
    for (const name of ['big', 'small']) engineKeys(home).set(store.engines.resolve(name), key)
    store.close()
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
  const choose = async (label: string, option: string | RegExp): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: option }).click()
  }
  const seriousFindings = async () => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
  }

  test('is chatted with like one of this machine', async () => {
    await go('/models/chat')
    await choose('Models', 'big (big-model)')
    await page.keyboard.press('Escape')
    await page.getByLabel('Message to all models').fill('Count to five.')
    await page.keyboard.press('Enter')
    const column = page.getByRole('region', { name: 'big (big-model)' })
    await column.getByText('one two three four five').waitFor()
    await column.getByText(/5 tokens in .* seed 1/).waitFor()
    await page.getByText('This chat asked big (big-model): 1 request, 6 tokens read, 5 written').waitFor()
    expect(await seriousFindings()).toEqual([])
  })

  test('answers in the arena, without its name until the vote', async () => {
    await go('/evaluate/arena')
    for (const name of ['big (big-model)', 'small (big-model)']) await choose('Models', name)
    await page.keyboard.press('Escape')
    await choose('Prompts', 'Type a prompt')
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('Count to five.')
    await page.getByRole('button', { name: 'Start' }).click()
    const answer = page.getByRole('article', { name: 'Answer A' })
    await answer.getByText('one two three four five').waitFor()
    expect(await answer.textContent()).not.toMatch(/big|small/)
    expect(await page.getByText('All rounds asked').count()).toBe(0)
    await page.getByRole('button', { name: /A is better/ }).click()
    await expect.poll(() => answer.textContent()).toMatch(/(big|small) \(big-model\)/)
    await page.getByText('1 vote').waitFor()
    await page.getByText(/^All rounds asked big \(big-model\): \d+ requests?, .*; small \(big-model\): /).waitFor()
    expect(await seriousFindings()).toEqual([])
  })

  test('judges an evaluation, unless it lacks what the judge reads', async () => {
    await go('/evaluate/evaluations')
    await page.getByRole('button', { name: 'New evaluation' }).click()
    await choose('Kind', 'Judge quality')
    await choose('Model', 'big (big-model)')
    await choose('How the judge decides', /likelihood if asked/)
    await page.getByRole('textbox', { name: 'File of human-ranked answers' }).fill(ranked)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText("The judge contrast can't judge on big").waitFor()
    await choose('How the judge decides', /probability of “yes/)
    await page.getByRole('button', { name: 'Start' }).click()
    const evaluation = page.getByRole('listitem').filter({ hasText: 'big (big-model)' })
    await evaluation.getByText('finished').waitFor()
    await evaluation.getByText(/^Asked big \(big-model\): \d+ requests, .* tokens read, .* written$/).waitFor()
    expect(server.seen.some(({ body }) => body.top_logprobs !== undefined)).toBe(true)
    expect(await seriousFindings()).toEqual([])
  })

  test('comes without its key in anything that the window was sent', () => {
    expect(received.length).toBeGreaterThan(5)
    expect(received.filter((text) => text.includes(key))).toEqual([])
    expect(complaints).toEqual([])
  })
})
