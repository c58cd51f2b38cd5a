import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resourceFile } from '../../main/common/resources.ts'
import { importFile } from '../../main/data/import-file.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

needing(browser).describe('data in and out, in a browser', () => {
  const { home, remove } = tinyHome()
  const out = mkdtempSync(join(tmpdir(), 'laurel-exports-')) // exports into the data folder are refused
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    const store = openTinyStore(home)
    const run = makeReviewRun(store, { prompts: 20, status: 'finished', name: 'reviewed' })
    store.reviews.add({ pairId: store.pairs.ofIteration(run, 1)[0].id, decision: 'swap', reviewer: 'Ada' })
    store.close()
    laurel = await openServed(home)
    page = laurel.page
    await openPlace('Data')
  })
  afterAll(async () => {
    await laurel?.end()
    remove()
    rmSync(out, { recursive: true, force: true })
  })

  const openPlace = (name: string) => page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name, exact: true }).click()
  const openView = (name: string) => page.getByRole('navigation', { name: 'Data' }).getByRole('link', { name, exact: true }).click()

  test('a file with invalid rows is chosen by keyboard, previewed, and imported without them', async () => {
    const path = join(home, 'mixed.jsonl')
    const good = Array.from({ length: 30 }, (_, i) => JSON.stringify({ instruction: `Task ${i}`, output: `Answer ${i}` }))
    writeFileSync(path, [...good, '{broken', '{"instruction": "x"}'].join('\n'))
    await openView('Import')
    const field = page.getByLabel('On the machine that Laurel runs on', { exact: true })
    await field.fill(join(home, 'nothing'))
    await field.press('Tab')
    await page.getByText('File not found.').waitFor()
    await field.fill('')
    await page.getByRole('button', { name: /^Browse for On the machine/ }).click()
    await page.getByRole('button', { name: 'Laurel’s data folder' }).click()
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await page.getByRole('option', { name: /mixed\.jsonl/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await filter.fill('mix')
    await filter.press('ArrowDown')
    await filter.press('Enter')

    await page.getByText('Invalid rows, not imported: 2').waitFor()
    await page.getByRole('row', { name: /31 .*not JSON/ }).waitFor()
    await page.getByRole('row', { name: /32 .*"output" is missing/ }).waitFor()
    await expect.poll(() => page.getByText('30 examples').isVisible()).toBe(true)
    expect(await seriousFindings(page)).toEqual([])

    await page.getByLabel('Name').fill('My tasks')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('heading', { name: 'My tasks' }).waitFor()
    await page.getByLabel('Search').fill('task 17')
    await page.getByText('1 row contains').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect((await importFile(join(home, 'data', 'my-tasks', 'my-tasks.jsonl'))).instructions.length).toBe(30)
  })

  test('a file from this computer is uploaded, and its tokens are shown with the demo’s model', async () => {
    await openView('Import')
    await page.getByLabel('File from this computer').setInputFiles({
      name: 'sent.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`prompt,completion\n${Array.from({ length: 60_000 }, (_, i) => `Pet: first ${i},abc`).join('\n')}\n`),
    })
    await page.getByText('60,000 examples').waitFor()
    await page.getByLabel('Model', { exact: true }).fill(resourceFile('demo', 'model'))
    await page.getByRole('button', { name: 'Show tokens' }).click()
    await page.getByText(/row 1, response/).waitFor()
    await expect.poll(() => page.locator('[data-learned="true"]').allTextContents()).toEqual(expect.arrayContaining(['a', 'b', 'c']))
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a run’s pairs are written to a file and downloaded with the user’s reviews', async () => {
    await openView('Export')
    await page.getByText(/Preview: \d+ rows/).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    const path = join(out, 'pairs.jsonl')
    await page.getByLabel('File on the machine that Laurel runs on', { exact: true }).fill(path)
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    await page.getByText(/Wrote \d+ rows to/).waitFor()
    const written = readFileSync(path, 'utf8')
    expect(JSON.parse(written.split('\n')[0])).toMatchObject({ override: 'swap', reviewer: 'Ada' })
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()])
    expect(download.suggestedFilename()).toMatch(/^reviewed-r-.*-pairs-reviewed\.jsonl$/)
    expect(readFileSync(await download.path(), 'utf8')).toBe(written)
  })

  test('a data set is removed immediately, and can be restored for a while', async () => {
    await openView('Library')
    await page.getByRole('link', { name: 'My tasks' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No data sets yet.').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('link', { name: 'My tasks' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No data sets yet.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('the page reports no errors', () => {
    expect(laurel.complaints).toEqual([])
  })
})
