import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../main/store/store.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const patient = { timeout: 60_000 }

/** A headless browser shows no notifications, so the page's are recorded; and its window is always in front. */
const recorded = `
  window.shown = []
  window.Notification = class {
    static permission = 'granted'
    static requestPermission() { return Promise.resolve('granted') }
    constructor(title, { body }) { window.shown.push({ title, body }) }
  }
  document.hasFocus = () => false
`

interface Shown {
  readonly title: string
  readonly body: string
}

needing(chromium).describe('what a user sees of runs while looking elsewhere', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    store = openTinyStore(home)
    const waiting = createTinyRun(store, home, { iterations: 1, review: { wait: true } })
    expect(await workWithStandIn(store, home, waiting)).toBe('waiting-for-review')
    laurel = await openServed(home, { prepare: (opening) => opening.addInitScript(recorded) })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const title = () => page.title()
  const shown = () => page.evaluate<Shown[]>('window.shown')

  test('the title and a badge on Review say that pairs wait', async () => {
    await expect.poll(title, patient).toBe('Pairs to review · tiny - Runs - Laurel')
    const review = page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Review', exact: true })
    expect(await review.textContent()).toBe('Review1')
    expect(await review.getAttribute('title')).toBe('Review: 1 run waits for you (g then v)')
  })

  test('the title follows a run at work, and a notification tells of its end once the user wants them', async () => {
    await page.getByRole('button', { name: 'Notify me when a run finishes, fails, or waits for me.' }).click()
    await page.getByRole('button', { name: /^Notifications are on/ }).waitFor()
    expect(await shown()).toEqual([])
    const runId = createTinyRun(store, home, { iterations: 1, evaluation: { count: 0 } })
    store.runs.rename(runId, 'second')
    const work = workWithStandIn(store, home, runId, { itemMs: 20 })
    await expect.poll(title, patient).toMatch(/ · second - Runs - Laurel$/)
    expect(await work).toBe('finished')
    await expect.poll(shown, patient).toEqual([{ title: 'Run finished', body: 'second' }])
    await expect.poll(title, patient).toBe('Pairs to review · tiny - Runs - Laurel')
    expect(laurel.complaints).toEqual([])
  })
})
