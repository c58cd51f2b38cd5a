import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore } from '../../main/store/store.ts'
import { demoHome } from '../support/demo-home.ts'
import { needing, browser as needsBrowser } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { makeReviewRun } from '../support/review-run.ts'

/** 960: 1440 at 150% zoom. 640: 1280 at 200%. 390: a phone (WCAG 1.4.10 requires 320 at 400%). */
const widths = [960, 640, 390]
const longName =
  `a run whose name is as long as a name can be, ${'because its user likes to describe what it was about, '.repeat(2)}`.slice(0, 117)

needing(needsBrowser).describe('a narrow window', () => {
  const { home, runId, remove } = demoHome({ tiny: true })
  let laurel: OpenLaurel
  let page: Page
  let reviewed: string

  beforeAll(async () => {
    const store = openStore(homePaths(home).database)
    store.runs.rename(runId, longName)
    reviewed = makeReviewRun(store, { prompts: 24, name: longName })
    for (const { id } of store.prompts.accepted(reviewed, 1).slice(0, 12)) {
      const [{ pairId }] = store.reviewQueue.ofPrompt(reviewed, id)
      if (pairId !== null) store.reviews.add({ pairId, decision: id % 3 === 0 ? 'swap' : 'agree', blind: true })
    }
    store.close()
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    remove()
  })

  /** How far the page scrolls sideways, and which header buttons are outside the window or clipped. */
  const overflow = (): Promise<{ sideways: number; outside: string[] }> =>
    page.evaluate(`(() => {
      const main = document.querySelector('main')
      const buttons = [...document.querySelectorAll('header button, header a')]
      const isClipped = (label) => label !== null && label.scrollWidth > label.clientWidth
      const outside = buttons.filter(
        (button) => button.getBoundingClientRect().right > window.innerWidth || isClipped(button.querySelector('.mantine-Button-label')),
      )
      return { sideways: main.scrollWidth - main.clientWidth, outside: outside.map((button) => button.textContent) }
    })()`)

  const places = [
    '/runs',
    '/runs/RUN',
    '/runs/new',
    '/models',
    '/models/lineage/RUN',
    '/data',
    '/evaluate',
    '/evaluate/standings',
    '/evaluate/mt-bench',
    '/evaluate/alpaca-eval',
    '/evaluate/abilities',
    '/compare',
    '/search?q=pet',
    '/prompt?at=prompt:1',
    '/system',
    '/system/engines',
    '/system/storage',
  ]

  test.each(places)('%s shows its complete header and never scrolls sideways', async (path) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 })
      await laurel.go(path.replace('RUN', runId))
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      expect(await overflow(), `${path} at ${width}`).toEqual({ sideways: 0, outside: [] })
    }
  })

  /** The space between the lines of buttons for a pair, and between the last one and the bar's end. */
  const gapsOfActions = (): Promise<number[]> =>
    page.evaluate(`(() => {
      const bar = document.querySelector('[role="toolbar"]')
      const boxes = [...bar.querySelectorAll('button')].map((button) => button.getBoundingClientRect())
      const tops = [...new Set([...boxes.map(({ top }) => Math.round(top)), Math.round(bar.getBoundingClientRect().bottom)])].sort((a, b) => a - b)
      return tops.slice(1).map((top, line) => top - tops[line] - Math.round(boxes[0].height))
    })()`)

  test('Review shows its complete header beside the agreement, and no empty line among its buttons', async () => {
    for (const width of [1440, 1280, 1024, ...widths]) {
      await page.setViewportSize({ width, height: 800 })
      await laurel.go(`/review/${reviewed}`)
      await page.getByText('judge agrees with you').waitFor()
      await page.locator('[data-action="left"]:enabled').waitFor()
      expect(await overflow(), `at ${width}`).toEqual({ sideways: 0, outside: [] })
      expect((await page.getByRole('button', { name: 'as anonymous' }).boundingBox())!.height, `at ${width}`).toBeLessThan(24) // a line
      expect(new Set(await gapsOfActions()), `at ${width}`).toEqual(new Set([8]))
    }
  })

  test('the navigation rail collapses to icons that keep their names', async () => {
    await page.setViewportSize({ width: 640, height: 800 })
    const rail = page.getByRole('navigation', { name: 'Places' })
    expect((await rail.boundingBox())!.width).toBeLessThan(64)
    await rail.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('heading', { name: 'Models' }).waitFor()
  })

  test('a long name is clipped in the header and shown in full on hover', async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await laurel.go(`/runs/${runId}`)
    const heading = page.getByRole('heading', { level: 1 })
    await heading.waitFor()
    await expect.poll(() => heading.getAttribute('title')).toBe(longName)
    expect(await overflow()).toEqual({ sideways: 0, outside: [] })
  })

  test('runs that no longer exist are left out of a comparison, and it says so', async () => {
    await laurel.go(`/compare?runs=r-gone1,${runId}`)
    await page.getByRole('status').filter({ hasText: 'r-gone1 no longer exists' }).waitFor()
    await expect.poll(() => page.getByText('laurel run list').count()).toBe(0)
  })
})
