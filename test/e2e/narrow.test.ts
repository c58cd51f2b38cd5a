import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore } from '../../main/store/store.ts'
import { demoHome } from '../support/demo-home.ts'
import { needing, browser as needsBrowser } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'

/** 960: 1440 at 150% zoom. 640: 1280 at 200%. 390: a phone (WCAG 1.4.10 requires 320 at 400%). */
const widths = [960, 640, 390]
const longName =
  `a run whose name is as long as a name can be, ${'because its user likes to describe what it was about, '.repeat(2)}`.slice(0, 117)

needing(needsBrowser).describe('a narrow window', () => {
  const { home, runId, remove } = demoHome({ tiny: true })
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    const store = openStore(homePaths(home).database)
    store.runs.rename(runId, longName)
    store.close()
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    remove()
  })

  /** How far the page scrolls sideways, and which header buttons are outside the window. */
  const overflow = (): Promise<{ sideways: number; outside: string[] }> =>
    page.evaluate(`(() => {
      const main = document.querySelector('main')
      const buttons = [...document.querySelectorAll('header button, header a')]
      const outside = buttons.filter((button) => button.getBoundingClientRect().right > window.innerWidth)
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
