import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { leaseToken, setJobState } from '../support/job-state.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { at, leave, patient, type ReviewPages, reviewPages } from '../support/review-pages.ts'
import { makeReviewRun } from '../support/review-run.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

/** Reviewing by keyboard, as users do. */
needing(browser).describe('reviewing by keyboard', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let open: ReviewPages['open']
  let runId: string
  let large: string

  beforeAll(async () => {
    store = openTinyStore(home)
    runId = createTinyRun(store, home, { iterations: 1, review: { wait: true }, prompts: { count: 12 } })
    expect(await workWithStandIn(store, home, runId)).toBe('waiting-for-review')
    large = makeReviewRun(store, { prompts: 11_200, status: 'finished', name: 'ten thousand' })
    laurel = await openServed(home)
    open = (await reviewPages(laurel)).open
  })

  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const decisions = (): string[] => [...store.reviews.newest(runId, 1).values()].map(({ decision }) => decision).sort()

  test('each requirement of a checklist can be decided on, and the score follows', async () => {
    const checked = createTinyRun(store, home, {
      ...{ iterations: 1, review: { wait: true }, prompts: { count: 6 }, sft: null, evaluation: { count: 0 } },
      judge: { method: 'checklist', requirements: ['The answer names a thing.', 'The answer is short.'] },
    })
    expect(await workWithStandIn(store, home, checked)).toBe('waiting-for-review')
    const { page, complaints } = await open(`/review/${checked}`)
    const here = at(page)
    await page.keyboard.press('r')
    const score = page.getByRole('textbox', { name: 'Score of A' })
    await page.getByRole('combobox', { name: 'A: The answer names a thing.' }).selectOption('yes')
    await page.getByRole('combobox', { name: 'A: The answer is short.' }).selectOption('no')
    await expect.poll(() => score.inputValue(), patient).toBe('1')
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await score.press('Enter')
    await page.getByText('Scores saved.').waitFor()
    const stored = store.rescores.ofPrompt(here).map(({ reward, parts }) => ({ reward, parts }))
    expect(stored).toEqual([{ reward: 1, parts: [true, false] }])
    await page
      .getByRole('article', { name: /Response/ })
      .getByText('why')
      .first()
      .click()
    await page.getByText('you: no').waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  test('five votes, one undone, a score, an edit, a note, and a blind vote are stored, survive a reload, and are used in training', async () => {
    const { page, complaints } = await open(`/review/${runId}`)
    for (const key of ['1', '2', 't', 'x', 's']) {
      const here = at(page)
      await page.keyboard.press(key)
      await leave(page, here)
    }
    await expect.poll(decisions, patient).toEqual(['agree', 'both-bad', 'swap', 'swap', 'tie'])

    const last = at(page)
    await page.keyboard.press('u') // the swap, the last
    await leave(page, last)
    await expect.poll(decisions, patient).toEqual(['agree', 'both-bad', 'swap', 'tie'])

    const rescored = at(page)
    await page.keyboard.press('r')
    await page.getByRole('textbox', { name: 'Score of A' }).waitFor()
    await page.keyboard.type('0.5')
    await page.keyboard.press('Tab')
    await page.keyboard.type('4.5')
    await page.keyboard.press('Enter')
    await page.getByText('Scores saved.').waitFor()
    expect([...store.rescores.newest(runId, 1).values()].sort()).toEqual([0.5, 4.5])
    await page.keyboard.press('n')
    await page.keyboard.type('Look again.')
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => store.reviewNotes.ofPrompt(rescored).map(({ text }) => text), patient).toEqual(['Look again.'])

    await page.keyboard.press('k')
    await leave(page, rescored)
    const edited = at(page)
    await page.keyboard.press('e')
    await page.getByRole('textbox', { name: 'Response A' }).waitFor()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Written by hand, 1 and 2 and t.') // typed as text, not shortcuts
    await page.reload() // before it is saved
    await page.getByText('This pair has an unsaved edit.').waitFor()
    await page.keyboard.press('e')
    await expect.poll(() => page.getByRole('textbox', { name: 'Response A' }).inputValue(), patient).toBe('Written by hand, 1 and 2 and t.')
    await page.keyboard.press('Control+Enter')
    await leave(page, edited)

    await page.keyboard.press('b')
    await expect.poll(() => page.getByText('scores hidden until you vote').count(), patient).toBe(2)
    await expect.poll(() => page.getByText('mean').count()).toBe(0)
    const seen = at(page)
    await page.keyboard.press('k') // its scores have been shown
    await leave(page, seen)
    await page.keyboard.press('1')
    await page.getByText(/The judge (agreed|chose [AB])\./).waitFor()
    await page.keyboard.press('b')

    await page.reload()
    await page.getByRole('article', { name: 'Response A' }).waitFor()
    await page.getByText(/^7 of \d+ reviewed/).waitFor()
    expect(store.reviews.history([...store.reviews.newest(runId, 1).values()].find(({ blind }) => blind)!.pairId)).toHaveLength(1)
    await page.getByRole('button', { name: 'Train M2 with 7 reviews' }).click()
    await expect.poll(() => store.runs.find(runId)?.status, patient).toMatch(/failed|running/) // there is no real model: checks only that it was started
    expect(complaints).toEqual([])

    await page.close()
    await expect.poll(() => leaseToken(store, runId), patient).toBeNull()
    setJobState(store, runId, 'waiting-for-review')
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(store.stages.find(runId, 1, 'train')?.summary).toMatchObject({
      from_person: expect.objectContaining({ edit: 1 }),
      left_out_by_person: { tie: 1, 'both-bad': 1 },
    })
  })

  test('a list of ten thousand pairs scrolls to its end and renders only visible rows', async () => {
    const { page, complaints } = await open(`/review/${large}`)
    await page.getByText(/of 9,\d+ reviewed/).waitFor()
    const list = page.getByRole('list', { name: 'Queue' })
    const total = Number(await list.getByRole('listitem').first().getAttribute('aria-setsize'))
    expect(total).toBeGreaterThan(9_000)
    await page.locator('[data-queue]').evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await list.locator(`[aria-posinset="${total}"]`).waitFor()
    await expect.poll(() => list.getByRole('listitem').count()).toBeLessThan(80)
    await list.locator(`[aria-posinset="${total}"] button`).click()
    await page.getByText(`${total.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`).waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.getByText(`${(total - 1).toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`).waitFor()
    await page.keyboard.press('f')
    await page.keyboard.type('question 4321.')
    await page.keyboard.press('Enter')
    await page.getByText('1 of 1', { exact: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('search')).toBe('question 4321.')
    expect(complaints).toEqual([])
    await page.close()
  })

  test('two windows on one run see each other’s votes', async () => {
    const [one, other] = [await open(`/review/${large}`), await open(`/review/${large}`)]
    const voted = at(one.page)
    expect(at(other.page)).toBe(voted)
    await one.page.keyboard.press('t')
    await leave(one.page, voted)
    await other.page.getByRole('article', { name: 'Response A' }).getByText('tie', { exact: true }).waitFor()
    expect(at(other.page)).toBe(voted) // nothing moves under the reader's eyes
    await one.page.close()
    await other.page.close()
  })

  test('a bulk decision applies in one step after a preview, and is undone in one step', async () => {
    const { page } = await open(`/review/${large}?minMargin=2`)
    await page.getByRole('button', { name: 'Decide all…' }).click()
    await page.getByText('Leave out').click()
    const apply = page.getByRole('button', { name: /^Leave out: [\d,]+ pairs$/ })
    await apply.click()
    await page.getByRole('button', { name: 'Undo all' }).waitFor()
    const left = [...store.reviews.newest(large, 1).values()].filter(({ batchId }) => batchId !== null)
    expect(left.length).toBeGreaterThan(100)
    expect(new Set(left.map(({ decision }) => decision))).toEqual(new Set(['both-bad']))
    await page.getByRole('button', { name: 'Undo all' }).click()
    await page.getByRole('button', { name: 'Undo all' }).waitFor({ state: 'detached' })
    expect([...store.reviews.newest(large, 1).values()].filter(({ batchId }) => batchId !== null)).toEqual([])
    await page.close()
  })

  test('undo and redo step through votes and bulk decisions in order, even after a reload, and report what they did', async () => {
    const { page, complaints } = await open(`/review/${large}?minMargin=3`)
    const first = at(page)
    await page.keyboard.press('t')
    await leave(page, first)
    await page.getByRole('button', { name: 'Decide all…' }).click()
    await page.getByText('Confirm', { exact: true }).click()
    await page.getByRole('button', { name: /^Confirm: [\d,]+ pairs$/ }).click()
    await page.getByRole('button', { name: 'Undo all' }).waitFor()
    const standing = () => [...store.reviews.newest(large, 1).values()].map(({ decision }) => decision)
    const before = standing()
    await page.reload()
    await page.locator('[data-action="undo"]:enabled').waitFor()
    const said = page.getByRole('status').filter({ hasText: /done: / })
    await page.keyboard.press('u')
    await said.filter({ hasText: /^Undone: [\d,]+ pairs confirmed\.$/ }).waitFor()
    expect(standing().filter((decision) => decision === 'agree')).toEqual([])
    await page.keyboard.press('Control+z')
    await said.filter({ hasText: 'Undone: the tie.' }).waitFor()
    expect(at(page)).toBe(first)
    await page.keyboard.press('Control+Shift+Z')
    await said.filter({ hasText: 'Redone: the tie.' }).waitFor()
    await page.keyboard.press('Shift+U') // nothing at all
    await page.keyboard.press('Control+y')
    await said.filter({ hasText: /^Redone: [\d,]+ pairs confirmed\.$/ }).waitFor()
    expect(standing()).toEqual(before)
    expect(complaints).toEqual([])
    for (const _ of [1, 2]) {
      await page.keyboard.press('u')
      await said.filter({ hasText: 'Undone: ' }).waitFor()
    }
    await page.close()
  })

  test('a vote on a pair whose scores have been seen isn’t blind, even if they are hidden later', async () => {
    const { page } = await open(`/review/${large}?sort=position`)
    const seen = at(page)
    await page.keyboard.press('b')
    await page.getByText('You have already seen this pair’s scores').waitFor()
    await page.keyboard.press('ArrowRight')
    await leave(page, seen)
    await page.getByText('Scores are hidden and sides shuffled until you vote.').waitFor()
    const unseen = at(page)
    await page.keyboard.press('1')
    await page.keyboard.press('ArrowLeft')
    await leave(page, unseen)
    await page.keyboard.press('1')
    const blind = (promptId: number) => store.reviews.history(store.reviewQueue.ofPrompt(large, promptId)[0].pairId!).at(-1)?.blind
    await expect.poll(() => [blind(seen), blind(unseen)], patient).toEqual([false, true])
    await page.keyboard.press('b')
    await page.close()
  })

  test('a vote that can’t be stored is rolled back and reported', async () => {
    const { page } = await open(`/review/${large}`)
    const here = at(page)
    const item = { promptId: here, pairId: store.reviewQueue.ofPrompt(large, here)[0].pairId! }
    store.transaction(() => store.pairs.remake(item.promptId, [])) // as if a score was set elsewhere, without an event
    await page.keyboard.press('1')
    await page.getByText('The prompt has another pair now').waitFor()
    expect(store.reviews.history(item.pairId)).toEqual([])
    await page.getByRole('button', { name: 'Go to that pair' }).click()
    await expect.poll(() => at(page), patient).toBe(here)
    store.pairs.remake(item.promptId, undefined)
    await page.close()
  })

  test('axe finds nothing serious, in light and in dark, and `?` shows every key', async () => {
    const { page } = await open(`/review/${large}`)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('s') // a pair with a decision
    await page.keyboard.press('ArrowLeft')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Both bad').first().waitFor()
    await page.close()
  })
})
