import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import type { Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { writeLargeRun } from '../support/large-run.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(browser).describe('the run page', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page
  let finished: string
  let other: string
  let waiting: string
  let failed: string
  let large: string

  beforeAll(async () => {
    store = openTinyStore(home)
    finished = createTinyRun(store, home)
    await workWithStandIn(store, home, finished)
    other = createTinyRun(store, home, { seed: 8, iterations: 1 })
    await workWithStandIn(store, home, other)
    waiting = createTinyRun(store, home, { review: { wait: true } })
    await workWithStandIn(store, home, waiting)
    failed = createTinyRun(store, home)
    await workWithStandIn(store, home, failed, { diesAfter: 40 }).catch(() => {})
    large = writeLargeRun(homePaths(home).database, { prompts: 60, candidates: 4, judgements: 3, steps: 5000 })
    laurel = await openServed(home)
    page = laurel.page
  })

  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const open = (id: string): Promise<unknown> => laurel.go(`/runs/${id}`)
  const chart = (title: string) => page.getByRole('figure').filter({ has: page.getByText(title, { exact: true }) })

  const plotOf = async (figure: Locator) => {
    await figure.scrollIntoViewIfNeeded()
    return (await figure.locator('.recharts-surface').boundingBox())!
  }

  test('shows a finished run from end to end, with text for screen readers, and a reload shows the same', async () => {
    await open(finished)
    await page.getByText('newest model M3').waitFor()
    const stages = page.getByRole('button', { name: / done/ })
    await stages.first().waitFor()
    await expect.poll(() => stages.count()).toBe(5 + 7 + 7)
    await page
      .getByRole('button', { name: /^Candidates done 18/ })
      .first()
      .waitFor()
    const summary = chart('Reward distribution').getByText(/M1: \d+ candidates with a mean reward/)
    const before = await summary.textContent()
    await page.reload()
    await expect.poll(() => summary.textContent()).toBe(before)
    const verdict = page.getByRole('region', { name: 'What the run has shown' })
    expect(await verdict.getByRole('heading').textContent()).toMatch(/M3.*M1/)
    expect(await verdict.textContent()).toMatch(/M3 wins [\d.]+% of \d+ held-out prompts against M1 .* judged by M1/)
    expect(
      await chart('Win rates')
        .getByText(/M3 v M2/)
        .first()
        .textContent(),
    ).toContain('M3 v M2')
    expect(laurel.complaints).toEqual([])
  })

  test('leads to its control and to one more iteration, each a new run from a model of this one', async () => {
    const next = async (link: string) => {
      await open(finished)
      await page.getByRole('region', { name: 'What the run has shown' }).getByRole('link', { name: link }).click()
      await page.waitForURL(/\/runs\/new$/)
      await page.getByLabel('Name', { exact: true }).waitFor()
      return [
        await page.getByLabel('Name', { exact: true }).inputValue(),
        await page.locator('#field-base_model input').first().inputValue(),
      ]
    }
    const path = (model: string) => store.models.find(finished, model)?.path
    expect(await next('Run the control')).toEqual(['tiny (random judge)', path('M1')])
    expect(await next('One more iteration')).toEqual(['tiny (one more iteration)', path('M3')])
  })

  test('opens the output of a stage', async () => {
    await open(finished)
    await page
      .getByRole('button', { name: /^Judging done/ })
      .first()
      .click()
    const drawer = page.getByRole('dialog', { name: 'Judging of M1' })
    await drawer.getByText('54 rows').waitFor()
    await drawer.getByRole('switch', { name: 'Only unreadable' }).click()
    await drawer.getByText('unreadable', { exact: true }).first().waitFor()
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Pairs done/ })
      .first()
      .click()
    await page.getByRole('dialog', { name: 'Pairs of M1' }).getByText('chosen', { exact: true }).first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('zooms by dragging over a curve, and resets on a double click', async () => {
    await open(large)
    const loss = chart('loss')
    await loss.getByText(/^loss over optimizer steps/).waitFor({ state: 'attached' })
    const box = await plotOf(loss)
    await page.mouse.move(box.x + box.width * 0.3, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 })
    await page.mouse.up()
    const reset = page.getByRole('button', { name: /^Steps [\d,]+ to [\d,]+: show all$/ })
    await reset.waitFor()
    await page.mouse.dblclick(box.x + box.width * 0.6, box.y + 60)
    await reset.waitFor({ state: 'detached' })
  })

  test('follows the pointer on every curve of the page at the same time', async () => {
    const box = await plotOf(chart('loss'))
    await page.mouse.move(box.x + box.width / 2, box.y + 60)
    await expect.poll(() => page.getByText(/^step [\d,]+$/).count()).toBe(6)
    await page.mouse.move(box.x + box.width / 2, box.y - 60)
    await page
      .getByText(/^step [\d,]+$/)
      .first()
      .waitFor({ state: 'detached' })
  })

  test('saves a curve as CSV, with the spike and the gap that downsampling must keep, and as PNG', async () => {
    const save = async (what: string): Promise<Buffer> => {
      await chart('loss').getByRole('button', { name: 'loss: table and export' }).click()
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: `Save as ${what}` }).click()])
      return readFileSync(await file.path())
    }
    const csv = (await save('CSV')).toString()
    expect(csv.split('\r\n')[0]).toBe('series,step,value')
    expect(csv).toContain('M2,4242,50\r\n')
    expect(csv).toContain('M2,777,\r\n')
    expect(csv.split('\r\n').length).toBeLessThan(610)
    expect((await save('PNG')).subarray(1, 4).toString()).toBe('PNG')
  })

  test('opens the candidates behind a bar of the histogram in Review', async () => {
    await open(large)
    const bar = chart('Reward distribution').locator('.recharts-bar-rectangle rect').first()
    await page.evaluate(
      'const push = history.pushState; history.pushState = function (...to) { window.name = [window.name, to[2]].join(); push.apply(this, to) }',
    )
    await bar.click()
    expect(await page.evaluate('window.name')).toMatch(/,\/review\/r-\w+\?iteration=1&minScore=[\d.]+&maxScore=[\d.]+/)
  })

  test('shows what is waiting for review, and a failure with the engine’s last output', async () => {
    await open(waiting)
    const card = page.getByRole('region', { name: 'Waiting for your review' })
    await card.getByRole('button', { name: 'Train without reviews' }).waitFor()
    await expect.poll(() => card.getByRole('link', { name: 'Review pairs' }).getAttribute('href')).toBe(`/review/${waiting}?iteration=1`)
    await open(failed)
    const alert = page.getByRole('alert')
    await alert.getByText('last words of the engine').waitFor()
    await alert.getByRole('button', { name: 'Resume' }).waitFor()
  })

  test('follows a run of another process to its end', async () => {
    const id = createTinyRun(store, home, { name: 'live' })
    await open(id)
    await page.getByText('Not started', { exact: true }).waitFor()
    const pace = { itemMs: 100 } // long enough for the page to show the stage, however busy the machine is
    const work = workWithStandIn(store, home, id, pace)
    const verdict = page.getByRole('region', { name: 'What the run has shown' })
    await page
      .getByRole('button', { name: /^Judging in progress \d+ \d+% of 54/ })
      .first()
      .waitFor()
    expect(await verdict.count()).toBe(0)
    pace.itemMs = 0
    await page.getByText('newest model M3').waitFor()
    await verdict.waitFor()
    expect(await work).toBe('finished')
  })

  test('compares two runs: figures, curves, and only the recipe values that differ', async () => {
    await laurel.go(`/compare?runs=${finished},${other}`)
    await page.getByRole('rowheader', { name: 'Time', exact: true }).waitFor()
    const recipes = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Recipes' }) })
    await recipes.getByText('iterations', { exact: true }).waitFor()
    await expect.poll(() => recipes.getByRole('row').count()).toBe(3) // the header, the seed, the iterations
    await recipes.getByRole('switch', { name: 'Only differences' }).click()
    await expect.poll(() => recipes.getByRole('row').count()).toBeGreaterThan(50)
    await chart('loss')
      .getByText(/^loss over optimizer steps: A from .*; B from/)
      .waitFor({ state: 'attached' })
  })

  test('has no serious axe violations, and the console stays empty', async () => {
    for (const path of [`/runs/${waiting}`, `/compare?runs=${finished},${other}`]) {
      await laurel.go(path)
      await page.getByRole('figure').first().waitFor()
      expect(await seriousFindings(page), path).toEqual([])
    }
    expect(laurel.complaints).toEqual([])
  })
})
