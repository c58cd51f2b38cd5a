import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gradeFigures } from '../../main/evaluation/mt-bench/scores.ts'
import type { MtBenchSettings } from '../../main/shared/evaluation-settings.ts'
import type { Store } from '../../main/store/store.ts'
import { evaluationJob } from '../../main/store/tables/jobs-table.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

const patient = { timeout: 120_000 }

needing(chromium).describe('MT-Bench in Evaluate', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    store = openTinyStore(home)
    laurel = await openServed(home, { height: 900 })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const categories = ['writing', 'math', 'stem', 'humanities']

  /** A finished evaluation whose grades are `score` in every category but math. */
  function add(model: string, score: number): void {
    const chosen = (label: string) => ({ id: label, label, path: `/models/${label}` })
    const settings: MtBenchSettings = {
      ...{ kind: 'mt-bench', model: chosen(model), against: null, judge: chosen('wise'), source: { from: 'shipped' } },
      ...{ maxNewTokens: 10, judgeMaxNewTokens: 10, seed: 1, random: 'philox' },
    }
    const id = store.evaluations.add({ kind: 'head-to-head', title: model, model, against: '', judge: 'wise', settings })
    const grades = categories.flatMap((category) => [1, 2].map((turn) => ({ turn, category, score: category === 'math' ? null : score })))
    store.evaluations.addResult(id, { seconds: 1, result: gradeFigures(grades) })
    const { token } = store.jobs.begin(evaluationJob(id))
    store.jobs.end(evaluationJob(id), { state: 'finished', error: null })
    store.jobs.release(evaluationJob(id), token)
  }

  test('without results, the tab says how to get some', async () => {
    await laurel.go('/evaluate/mt-bench')
    await page.getByText('No MT-Bench results yet').waitFor(patient)
  })

  test('results are drawn by category and listed with judge and n', async () => {
    add('small', 4)
    add('large', 8.5)
    await page.reload()
    const figure = page.getByRole('figure').filter({ has: page.getByText('MT-Bench by category', { exact: true }) })
    await figure.getByText('large (judge wise, n = 6)').waitFor(patient)
    await figure.getByText('small (judge wise, n = 6)').waitFor()
    expect(await figure.locator('.recharts-radar').count()).toBe(2)
    const row = page.getByRole('table').getByRole('row', { name: /^large/ })
    expect(await row.getByRole('cell').allTextContents()).toEqual([
      ...['wise', '8.50 n = 6', '8.50 n = 3', '8.50 n = 3'],
      ...['8.50 n = 2', '– n = 0', '8.50 n = 2', '8.50 n = 2', '2'],
    ])
    expect(await seriousFindings(page)).toEqual([])
  })

  test('the form offers the questions that ship and those of a file', async () => {
    await laurel.go('/evaluate/evaluations')
    await page.getByText('8.50 of 10 (turn 1: 8.50, turn 2: 8.50; 6 graded, 2 unparsed)').waitFor(patient)
    await page.getByRole('button', { name: 'New evaluation' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: 'MT-Bench' }).click()
    expect(await dialog.getByRole('combobox', { name: 'Judge', exact: true }).count()).toBe(1)
    expect(await dialog.getByText('File of questions').count()).toBe(0)
    await dialog.getByRole('combobox', { name: 'Questions' }).click()
    await page.getByRole('option', { name: 'From a file' }).click()
    await dialog.getByText('File of questions').waitFor()
    expect(await dialog.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true)
    expect(laurel.complaints).toEqual([])
  })
})
