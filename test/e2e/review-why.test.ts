import { readFileSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import type { Store } from '../../main/store/store.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { at, leave, patient, type ReviewPages, reviewPages } from '../support/review-pages.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

needing(browser).describe('why a reviewer decides so', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let open: ReviewPages['open']
  let runId: string

  beforeAll(async () => {
    store = openTinyStore(home)
    runId = makeReviewRun(store, { prompts: 11_200, status: 'finished' }) // so that a queue takes its time
    laurel = await openServed(home)
    open = (await reviewPages(laurel)).open
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  test('reasons take one key each, before or after the decision, and are undone with it', async () => {
    const { page, complaints } = await open(`/review/${runId}?sort=random`)
    const here = at(page)
    const decided = () => store.reviews.history(store.reviewQueue.ofPrompt(runId, here)[0].pairId!).at(-1)
    const reasons = () => decided()?.reasons
    const chip = (name: string, pressed: boolean) => page.getByRole('button', { name, pressed, exact: true }).waitFor()
    await page.keyboard.press('3')
    await page.keyboard.press('8')
    await page.keyboard.press('w')
    await page.getByRole('textbox', { name: 'Why you decide so' }).waitFor()
    await page.keyboard.type('Its date is wrong, by 2 years.')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Why, saved with your decision: Its date is wrong').waitFor()
    await page.reload() // before the decision
    await page.locator('[data-action="left"]:enabled').waitFor() // though the queue may not have arrived
    await chip('Correctness', true)
    await page.keyboard.press('1')
    await leave(page, here)
    await chip('Correctness', false)
    await expect.poll(decided, patient).toMatchObject({ reasons: ['correctness', 'length'], comment: 'Its date is wrong, by 2 years.' })

    await page.keyboard.press('Backspace')
    await expect.poll(() => at(page), patient).toBe(here)
    await chip('Length', true)
    await page.keyboard.press('6')
    await page.keyboard.press('8')
    await expect.poll(reasons, patient).toEqual(['correctness', 'clarity'])
    await page.getByText(/^History/).click()
    await page.getByText(/because of correctness, clarity: “Its date is wrong/).waitFor()
    await page.getByRole('button', { name: /^as / }).click()
    await page.getByRole('row', { name: /correctness 1/ }).waitFor()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await page.keyboard.press('Escape')

    const said = page.getByRole('status').filter({ hasText: 'Undone: ' })
    await page.keyboard.press('u')
    await page.keyboard.press('u')
    await expect.poll(reasons, patient).toEqual(['correctness', 'length'])
    await page.keyboard.press('u')
    await said.filter({ hasText: 'Undone: the vote' }).waitFor()
    await expect.poll(decided, patient).toMatchObject({ decision: 'undo', reasons: [], comment: '' })
    await chip('Correctness', false)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('guidelines are written beside the pair, and every reviewer of the data folder sees them', async () => {
    const { page, complaints } = await open(`/review/${runId}`)
    await page.keyboard.press('h')
    const panel = page.getByRole('complementary', { name: 'Guidelines' })
    await panel.getByRole('button', { name: 'Write' }).click()
    await panel.getByRole('textbox', { name: 'Guidelines in Markdown' }).fill('# Better\n\n- correct before long')
    await page.keyboard.press('Control+Enter')
    await panel.getByRole('listitem').getByText('correct before long').waitFor()
    expect(readFileSync(homePaths(home).reviewGuidelines, 'utf8')).toBe('# Better\n\n- correct before long\n')

    const other = await open(`/review/${runId}`)
    await other.page.getByRole('listitem').getByText('correct before long').waitFor()
    await other.page.getByRole('button', { name: 'Change', exact: true }).click()
    await other.page.getByRole('textbox', { name: 'Guidelines in Markdown' }).fill('')
    await other.page.keyboard.press('Control+Enter')
    await other.page.getByText('Write down what makes an answer better').waitFor()
    await page.keyboard.press('h')
    await panel.waitFor({ state: 'detached' })
    expect([...complaints, ...other.complaints]).toEqual([])
    await other.page.close()
    await page.close()
  })
})
