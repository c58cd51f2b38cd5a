import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const patient = { timeout: 60_000 }

needing(chromium).describe('pairs of one prompt, and a run that stopped on a warning', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page
  let runId: string
  let guarded: string

  beforeAll(async () => {
    store = openTinyStore(home)
    runId = makeReviewRun(store, { prompts: 12, pairs: { rule: 'all-above-margin' } })
    guarded = createTinyRun(store, home, { guards: { stop_on: ['few-pairs'] }, iterations: 1 })
    expect(await workWithStandIn(store, home, guarded)).toBe('paused')
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const at = (): string | null => new URL(page.url()).searchParams.get('at')

  test('are decided one by one, keep their places when a score rebuilds them, and an undo returns to its pair', async () => {
    const entries = [...store.reviewQueue.ofRun(runId)].filter(({ pairId }) => pairId !== null)
    const first = entries.findIndex(({ promptId }) => entries.filter((other) => other.promptId === promptId).length === 3)
    const { promptId } = entries[first]
    await laurel.go(`/review/${runId}?sort=position&at=${promptId}`)
    await page.getByText('pair 1 of 3 of this prompt').waitFor(patient)
    await page.keyboard.press('2')
    await expect.poll(at, patient).toBe(`${promptId}.1`)
    await page.getByText('pair 2 of 3 of this prompt').waitFor(patient)
    await page.keyboard.press('t')
    await expect.poll(at, patient).toBe(`${promptId}.2`)
    await expect.poll(() => store.reviews.history(entries[first + 1].pairId!).at(-1)?.decision, patient).toBe('tie')
    expect(store.reviews.history(entries[first].pairId!).at(-1)?.decision).toBe('swap')

    await page.keyboard.press('r')
    for (const name of ['A', 'B', 'Other 1']) await page.getByLabel(`Score of ${name}`).fill('3')
    await page.keyboard.press('Control+Enter')
    await page.getByText('These responses make no pair').waitFor(patient)
    expect(at()).toBe(`${promptId}.2`)
    await page.keyboard.press('u')
    await expect.poll(at, patient).toBe(promptId.toString())
    await page.getByText('pair 1 of 3 of this prompt').waitFor(patient)
    await page.keyboard.press('u')
    await expect.poll(at, patient).toBe(`${promptId}.1`)
    await page.getByText('Undone: the tie.').waitFor(patient)
    expect(laurel.complaints).toEqual([])
  })

  test('says why it stopped, and resumes past it', async () => {
    await laurel.go(`/runs/${guarded}`)
    const card = page.getByRole('region', { name: 'The run stopped on a warning' })
    await card.getByText('with fewer than 50, a model learns them by heart').waitFor(patient)
    await page
      .getByRole('row', { name: /Pairs to train on/ })
      .getByText('check: of M1')
      .waitFor(patient)
    await card.getByRole('button', { name: 'Resume' }).click()
    await card.waitFor({ ...patient, state: 'hidden' })
    expect(laurel.complaints).toEqual([])
  })
})
