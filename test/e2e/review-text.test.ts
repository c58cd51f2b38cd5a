import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

const patient = { timeout: 60_000 }

/** Outputs of a model that repeats itself, at lengths at which a Markdown formatter gives up, hangs, or crashes. */
const repeated = [
  ...['>', '- '].map((unit) => unit.repeat(unit === '>' ? 2200 : 1100)),
  ...['>', '> ', '- ', '1. ', '[a](', '*a_', '| a ', '`a``', '<b>'].flatMap((unit) =>
    [20_000, 200_000].map((length) => unit.repeat(length / unit.length)),
  ),
]

needing(chromium).describe('repetitive texts', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page
  let runId: string

  beforeAll(async () => {
    store = openTinyStore(home)
    const answer = (n: number, sample: number): string => `${repeated[n % repeated.length]}\n\nAnswer **${sample}** to ${n}.`
    runId = makeReviewRun(store, { prompts: repeated.length + 4, answer, question: (n) => `${n}. I count.` })
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const at = (): number => Number(new URL(page.url()).searchParams.get('at'))

  test('are readable, and keys move past each of them', async () => {
    await laurel.go(`/review/${runId}?sort=position`)
    const entries = [...store.reviewQueue.ofRun(runId)].filter(({ pairId }) => pairId !== null)
    for (const { promptId, position } of entries) {
      const side = page.getByRole('article', { name: 'Response A' })
      await expect.poll(at, patient).toBe(promptId)
      await side
        .getByText(repeated[position % repeated.length].slice(0, 100))
        .first()
        .waitFor(patient)
      await side.getByRole('note').getByText('Too long or too repetitive to format completely.').waitFor(patient)
      await page.keyboard.press('j')
    }
    expect(laurel.complaints).toEqual([])
  })

  test('are formatted as far as possible, or shown as plain text, on request', async () => {
    await laurel.go(`/review/${runId}?sort=position`)
    const side = page.getByRole('article', { name: 'Response A' })
    await side.getByRole('button', { name: 'Show formatted' }).click()
    await side
      .locator('blockquote')
      .first()
      .waitFor({ ...patient, state: 'attached' }) // twelve nested quotes without content
    await side.getByRole('button', { name: 'Show as text' }).click()
    await expect.poll(() => side.locator('blockquote').count(), patient).toBe(0)

    const prompt = page.getByRole('region', { name: 'Prompt' })
    await expect.poll(() => prompt.getByRole('list').count()).toBe(1) // "0. I count." is read as a list
    await page.keyboard.press('m')
    await prompt.getByText('0. I count.', { exact: true }).waitFor(patient)
    await page.reload()
    await prompt.getByText('0. I count.', { exact: true }).waitFor(patient)
    await page.keyboard.press('m')
    await expect.poll(() => prompt.getByRole('list').count(), patient).toBe(1)
    expect(laurel.complaints).toEqual([])
  })
})
