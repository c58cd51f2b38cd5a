import { existsSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(browser).describe('the system, in a browser', () => {
  const { home, remove } = tinyHome()
  let laurel: OpenLaurel
  let page: Page
  let run: string
  let store: Store

  beforeAll(async () => {
    const first = openTinyStore(home)
    run = createTinyRun(first, home)
    await workWithStandIn(first, home, run)
    first.close()
    store = openStore(homePaths(home).database)
    laurel = await openServed(home)
    page = laurel.page
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'System', exact: true }).click()
  })
  afterAll(async () => {
    store?.close()
    await laurel?.end()
    remove()
  })

  const openView = (name: string) => page.getByRole('navigation', { name: 'System' }).getByRole('link', { name, exact: true }).click()

  test('the machine page shows the backend, its speed, and what could be installed', async () => {
    await page
      .getByText(/GFLOP\/s/)
      .first()
      .waitFor({ timeout: 120_000 }) // measured on demand, on a possibly busy machine
    await page.getByRole('button', { name: 'Install for the processor' }).waitFor()
    await expect.poll(() => page.getByText('No runtime pack is installed.').isVisible()).toBe(true) // this data folder has no pack
    expect(
      await page
        .getByText(/problem/)
        .first()
        .isVisible(),
    ).toBe(true) // the missing pack is reported
    await page.getByRole('button', { name: 'Install cpu' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('the database is backed up and checked; a model is deleted after a confirmation that says what is lost', async () => {
    await openView('Storage')
    await page.getByRole('row', { name: new RegExp(`${run} finished`) }).waitFor()
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('row', { name: /backups.*\.db/ }).waitFor()
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByText('No problems found').waitFor()
    expect(await seriousFindings(page)).toEqual([])

    const models = store.models.ofRun(run)
    const last = models[models.length - 1]
    await page.getByRole('checkbox', { name: new RegExp(`^${last.name} of`) }).check()
    await page.getByRole('button', { name: 'Delete …' }).click()
    const dialog = page.getByRole('dialog')
    await expect.poll(() => dialog.textContent()).toContain(`${last.name} is the last model of the run`)
    expect(await seriousFindings(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(existsSync(last.path)).toBe(true)
    await page.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText(/^Freed /).waitFor()
    await expect.poll(() => existsSync(last.path)).toBe(false) // the dialog's title has the size, too
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
    await page.getByLabel('Filter').fill('no such entry')
    await page.getByText('No matching log entries.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('settings persist', async () => {
    await openView('Settings and about')
    await page.getByLabel('Reviewer').fill('Ada')
    await page.getByLabel('Processor threads').fill('2')
    await page.getByLabel('Webhook').fill('https://example.org/hook')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.reload()
    await expect.poll(() => page.getByLabel('Reviewer').inputValue()).toBe('Ada')
    expect(await page.getByLabel('Webhook').inputValue()).toBe('https://example.org/hook')
    await page.getByRole('row', { name: /^react \d/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('the page reports no errors', () => {
    expect(laurel.complaints).toEqual([])
  })
})
