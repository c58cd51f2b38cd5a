import { mkdirSync, symlinkSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { launchChromium } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(browser).describe('runs in the window', () => {
  let browser: Browser
  let home: string
  let remove: () => void
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    mkdirSync(homePaths(home).runs, { recursive: true })
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
  })
  afterEach(async () => {
    await laurel.end()
    remove()
  })

  /** Serve the data folder and open its window. */
  async function open(): Promise<void> {
    laurel = await openServed(home, { browser, permissions: ['clipboard-read', 'clipboard-write'] })
    page = laurel.page
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
  }

  const status = (id: string): string | undefined => {
    const store = openTinyStore(home)
    try {
      return store.runs.find(id)?.status
    } finally {
      store.close()
    }
  }

  test('a first-time user sees what Laurel does, takes the tour, and starts the demo with one click', async () => {
    await open()
    await page.getByRole('heading', { name: 'Train a model on its own judgement' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])

    await page.getByRole('button', { name: 'Take the tour' }).click()
    const tour = page.getByRole('dialog')
    for (let step = 1; step < 5; step++) await tour.getByRole('button', { name: 'Next' }).click()
    await tour.getByText('5 of 5').waitFor()
    await tour.getByRole('button', { name: 'Done' }).click()
    await tour.waitFor({ state: 'hidden' })

    await page.getByRole('button', { name: 'Run the demo' }).click()
    await page.waitForURL(/\/runs\/r-\w+$/)
    const id = page.url().split('/').at(-1)!
    await page.getByRole('link', { name: 'Runs' }).click()
    const row = page.getByRole('row', { name: /demo/ })
    await row.getByText('running').waitFor()
    expect(laurel.complaints).toEqual([])

    await row.getByRole('button', { name: 'Actions for demo' }).click()
    await page.getByRole('menuitem', { name: 'Pause', exact: true }).click()
    await row.getByText('paused').waitFor()
    expect(status(id)).toBe('paused')

    await laurel.go(`/runs/${id}`)
    await page.getByRole('button', { name: 'Stop and keep' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End and keep' }).click()
    await page.getByText('finished', { exact: true }).first().waitFor()
    await expect.poll(() => status(id)).toBe('finished')
    await expect.poll(() => page.getByRole('button', { name: 'Resume' }).count()).toBe(0)
  })

  test('the form creates a run: an invalid value is reported at its field and fixed, and a reload loses nothing', async () => {
    await open()
    await page.keyboard.press('n')
    await page.getByRole('radio', { name: /Demo/ }).check({ force: true })
    await page.getByText('200 instructions with responses').waitFor()
    await page.getByText('Memory to train').waitFor()
    expect(await seriousFindings(page)).toEqual([])

    const prompts = page.getByRole('textbox', { name: 'Prompts', exact: true })
    await prompts.fill('0')
    await page.getByText('Must be at least 1.').first().waitFor()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    expect(page.url()).toContain('/runs/new')

    await prompts.fill('24')
    await page.getByRole('textbox', { name: 'Name' }).fill('a small demo')
    await page.getByText('Must be at least 1.').first().waitFor({ state: 'hidden' })
    await page.reload()
    await expect.poll(() => page.getByRole('textbox', { name: 'Prompts', exact: true }).inputValue()).toBe('24')
    await page.getByRole('button', { name: 'Prompts changed, was 600: reset' }).waitFor()
    await page.getByRole('button', { name: 'Copy as command' }).click()
    await expect
      .poll(() => page.evaluate('navigator.clipboard.readText()'))
      .toBe("laurel run new --recipe demo --name 'a small demo' --set prompts.count=24")

    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.waitForURL(/\/runs\/r-\w+$/)
    const store = openTinyStore(home)
    const [run] = store.runs.list()
    store.close()
    expect(run).toMatchObject({ name: 'a small demo', status: 'created', recipe: { prompts: { count: 24 }, candidates: { count: 4 } } })
    expect(laurel.complaints).toEqual([])
  })

  test('runs can be found, sorted, opened, renamed, and removed, also by keyboard', async () => {
    const store = openTinyStore(home)
    const finished = createTinyRun(store, home)
    await workWithStandIn(store, home, finished)
    store.runs.rename(finished, 'finished one')
    const failed = createTinyRun(store, home)
    await workWithStandIn(store, home, failed, { diesAfter: 20 }).catch(() => {})
    store.runs.rename(failed, 'failed one')
    store.transaction(() => {
      for (let i = 0; i < 300; i++) store.runs.rename(createTinyRun(store, home), `run number ${i}`)
    })
    store.close()
    await open()
    const grid = page.getByRole('grid', { name: 'Runs' })
    await page.getByText('302 runs').waitFor()
    await expect.poll(() => grid.getByRole('row').count()).toBeLessThan(80) // only visible rows
    expect(await seriousFindings(page)).toEqual([])

    await page.keyboard.press('/')
    await page.keyboard.type('one')
    await grid.getByText('finished one').waitFor()
    await expect.poll(() => grid.getByRole('row').count()).toBe(3)
    await grid.getByText('The engine process died (test).').waitFor()
    await page.getByRole('button', { name: 'Name' }).click()
    await grid.focus()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`/runs/${finished}$`))

    await page.getByRole('link', { name: 'Runs' }).click()
    await page.getByRole('textbox', { name: 'Filter runs' }).fill('failed')
    await page.getByRole('button', { name: 'Actions for failed one' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('failed, to be removed')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Actions for failed, to be removed' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click()
    await page.getByText('301 runs').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByText('302 runs').waitFor()
    await page.getByRole('button', { name: 'Actions for failed, to be removed' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click()
    await page.getByText('301 runs').waitFor()
    await expect.poll(() => status(failed), { timeout: 60_000 }).toBeUndefined()
    expect(laurel.complaints).toEqual([])
  })
})
