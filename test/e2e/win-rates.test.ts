import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const patient = { timeout: 60_000 }

needing(chromium).describe('win rates on an open page', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page
  let runId: string

  beforeAll(async () => {
    store = openTinyStore(home)
    runId = createTinyRun(store, home, { iterations: 1, evaluation: { count: 0 } })
    await workWithStandIn(store, home, runId)
    add('M2', 'SFT', 0.3)
    laurel = await openServed(home, { height: 900 })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  /** A comparison as a run stores it, and the event that notifies windows. */
  function add(model: string, against: string, winRate: number): void {
    const wins = Math.round(100 * winRate)
    const counts = { n: 100, wins, ties: 0, losses: 100 - wins, unreadable: 7 }
    const result = { win_rate: winRate, low: winRate - 0.1, high: winRate + 0.1, ...counts }
    store.evaluations.addOfRun(runId, { model, kind: 'head-to-head', against, judge: 'M2', result })
    store.events.add(runId, { kind: 'note', iteration: 1, stage: 'evaluate', text: 'compared' })
  }

  /** Each row's dot: its line, its share, and the figure printed on that line. */
  const rows = () =>
    page
      .getByRole('figure')
      .filter({ has: page.getByText('Win rates', { exact: true }) })
      .evaluate((figure) => {
        const lineOf = (box: { y: number; height: number }, top: number): number => Math.floor((box.y + box.height / 2 - top) / 36)
        const marks = [...figure.querySelectorAll('[data-row]')]
        const surface = figure.querySelector('.recharts-surface')!.getBoundingClientRect()
        const [quarter, threeQuarters] = ['25%', '75%'].map((label) => {
          const tick = [...figure.querySelectorAll('text')].find(({ textContent }) => textContent === label)!
          const box = tick.getBoundingClientRect()
          return box.x + box.width / 2
        })
        const printed = [...figure.querySelectorAll('b')].map(({ textContent }) => textContent)
        return marks
          .map((mark) => {
            const box = mark.querySelector('circle')!.getBoundingClientRect()
            const line = lineOf(box, surface.y)
            return {
              line,
              name: mark.getAttribute('data-row'),
              share: Math.round(25 + (50 * (box.x + box.width / 2 - quarter)) / (threeQuarters - quarter)),
              printed: printed[line],
            }
          })
          .sort((a, b) => a.line - b.line)
      })

  test('a new row on top keeps every dot next to its label and its figure', async () => {
    await laurel.go(`/runs/${runId}`)
    await expect.poll(rows, patient).toEqual([{ line: 0, name: 'M2 v SFT', share: 30, printed: '30.0%' }])
    add('M2', 'M1', 0.6)
    await expect.poll(rows, patient).toEqual([
      { line: 0, name: 'M2 v M1', share: 60, printed: '60.0%' },
      { line: 1, name: 'M2 v SFT', share: 30, printed: '30.0%' },
    ])
    add('M1', 'M0', 0.9)
    await expect.poll(rows, patient).toEqual([
      { line: 0, name: 'M1 v M0', share: 90, printed: '90.0%' },
      { line: 1, name: 'M2 v M1', share: 60, printed: '60.0%' },
      { line: 2, name: 'M2 v SFT', share: 30, printed: '30.0%' },
    ])
    const before = await rows()
    await page.reload()
    await expect.poll(rows, patient).toEqual(before)
  })

  /** Whether the judge and what couldn't be read stand on a page, and not only in a tooltip. */
  const stands = (text: string) => page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor(patient)

  test('the judge and the unreadable verdicts stand beside every win rate', async () => {
    await stands('by M2')
    await stands('60 · 0 · 40 · 7')
    await stands('won · tied · lost · unreadable')
    await laurel.go('/runs')
    await stands('by M2, 7 unreadable')
    const other = createTinyRun(store, home)
    await laurel.go(`/compare?runs=${runId},${other}`)
    await stands('60.0% (M2, 95%: 50% to 70%, by M2, 7 unreadable)')
    await laurel.go(`/models/lineage/${runId}`)
    await stands('by M2, 7 unreadable')
    await laurel.go('/evaluate/results')
    await stands('by M2, 7 unreadable')
  })
})
