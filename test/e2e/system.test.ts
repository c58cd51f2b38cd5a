import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { complaintsOf, launchChromium, signIn } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(browser).describe('the system, in a browser', () => {
  const { home, remove } = tinyHome()
  let browser: Browser
  let served: ServedLaurel
  let page: Page
  let complaints: string[]
  let run: string
  let store: Store

  beforeAll(async () => {
    const first = openTinyStore(home)
    run = createTinyRun(first, home)
    await workWithStandIn(first, home, run)
    first.close()
    store = openStore(homePaths(home).database)
    served = await startServe(home)
    browser = await launchChromium()
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    complaints = complaintsOf(page)
    await signIn(page, served.address)
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'System', exact: true }).click()
  })
  afterAll(async () => {
    store?.close()
    await browser?.close()
    await served?.end()
    remove()
  })

  const openView = (name: string) => page.getByRole('navigation', { name: 'System' }).getByRole('link', { name, exact: true }).click()

  async function seriousFindings(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  test('the machine is examined: what computes, how fast, and what could be installed', async () => {
    await page
      .getByText(/GFLOP\/s/)
      .first()
      .waitFor({ timeout: 120_000 }) // measured then, on a machine that may be busy
    await page.getByRole('button', { name: 'Install for the processor' }).waitFor()
    expect(await page.getByText('None is installed.').isVisible()).toBe(true) // this data folder has no pack
    expect(
      await page
        .getByText(/problem/)
        .first()
        .isVisible(),
    ).toBe(true) // so something is missing, and is said to be
    await page.getByRole('button', { name: 'Install cpu' }).waitFor()
    expect(await seriousFindings()).toEqual([])
  })

  test('the database is backed up and checked; a model is deleted after a question that says what is lost', async () => {
    await openView('Storage')
    await page.getByRole('row', { name: new RegExp(`${run} finished`) }).waitFor()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('row', { name: /backups.*\.db/ }).waitFor()
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByText('The database is sound').waitFor()
    expect(await seriousFindings()).toEqual([])

    const models = store.models.ofRun(run)
    const last = models[models.length - 1]
    await page.getByRole('checkbox', { name: new RegExp(`^${last.name} of`) }).check()
    await page.getByRole('button', { name: 'Delete …' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.textContent()).toContain(`${last.name} is the last model of the run`)
    expect(await seriousFindings()).toEqual([])
    await dialog.getByRole('button', { name: 'Keep them' }).click()
    expect(existsSync(last.path)).toBe(true)
    await page.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText(/freed\./).waitFor()
    await expect.poll(() => existsSync(last.path)).toBe(false) // the question says what is freed, too
    expect(existsSync(store.models.find(run, 'M1')!.path)).toBe(true)
  })

  test('the log is live, and filtered by level and text', async () => {
    await openView('Log')
    const log = page.getByRole('region', { name: 'Log' })
    await log.getByText(/Laurel .* started/).waitFor()
    store.events.add(run, { kind: 'warning', iteration: 1, stage: 'prompts', code: 'test', text: 'a warning of the run' })
    await log.getByText('a warning of the run').waitFor()
    await page.getByText('Warnings', { exact: true }).click()
    await expect.poll(() => log.getByText(/Laurel .* started/).count()).toBe(0)
    await page.getByLabel('Filter').fill('nothing of the kind')
    await page.getByText('Nothing has been said at this level.').waitFor()
    expect(await seriousFindings()).toEqual([])
  })

  test('a setting is kept', async () => {
    await openView('Settings and about')
    await page.getByLabel('Reviewer').fill('Ada')
    await page.getByLabel('Processor threads').fill('2')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.reload()
    await expect.poll(() => page.getByLabel('Reviewer').inputValue()).toBe('Ada')
    await page.getByRole('row', { name: /^react \d/ }).waitFor()
    expect(await seriousFindings()).toEqual([])
  })

  test('nothing was complained of', () => {
    expect(complaints).toEqual([])
  })
})
