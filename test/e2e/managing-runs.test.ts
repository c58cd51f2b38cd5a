import { mkdirSync, symlinkSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { launchChromium } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(browser).describe('managing runs in the window', () => {
  let browser: Browser
  let home: string
  let remove: () => void
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    mkdirSync(homePaths(home).runs, { recursive: true })
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
  })
  afterEach(async () => {
    expect(laurel.complaints).toEqual([])
    await laurel.end()
    remove()
  })

  async function open(path = '/runs'): Promise<void> {
    laurel = await openServed(home, { browser })
    page = laurel.page
    if (path !== '/runs') await laurel.go(path)
  }

  function stored<Value>(look: (store: ReturnType<typeof openTinyStore>) => Value): Value {
    const store = openTinyStore(home)
    try {
      return look(store)
    } finally {
      store.close()
    }
  }

  test('a clone with a changed value and three seeds shows the difference from its source, and its mean and spread', async () => {
    const store = openTinyStore(home)
    const source = createTinyRun(store, home)
    await workWithStandIn(store, home, source)
    store.runs.rename(source, 'the source')
    store.close()
    await open(`/runs/new?from=${source}`)
    await page.getByRole('textbox', { name: 'Prompts', exact: true }).fill('7')
    await page.getByRole('textbox', { name: 'Runs that differ in their seed' }).fill('3')
    await page.getByText('1 value changed from the source').waitFor()
    await page.getByRole('button', { name: 'Create 3 runs' }).click()
    await page.waitForURL(/\/runs$/)
    const ids = stored((now) =>
      now.runs
        .list()
        .filter(({ seedGroup }) => seedGroup !== null)
        .map(({ id }) => id),
    ).toReversed()
    expect(ids).toHaveLength(3)
    for (const id of ids.slice(0, 2)) {
      const again = openTinyStore(home)
      await workWithStandIn(again, home, id)
      again.close()
    }
    await page.reload()
    const group = page.getByRole('row', { name: /^the source \(again\) 2 of 3/ })
    await group
      .getByText(/± .* \(2\)/)
      .first()
      .waitFor()
    await group.getByRole('link', { name: 'Compare' }).click()
    await page.getByRole('columnheader', { name: /3 seeds/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])

    await laurel.go(`/runs/${ids[0]}`)
    const about = page.getByRole('region', { name: 'About this run' })
    await about.getByRole('link', { name: 'the source', exact: true }).waitFor()
    await about.getByText('prompts.count').waitFor()
    await expect.poll(() => about.textContent()).toContain('prompts.count 7 (was 6)')
    expect(await seriousFindings(page)).toEqual([])
  })

  test('several runs are selected, tagged, and found by their tag', async () => {
    const store = openTinyStore(home)
    for (const name of ['one', 'two', 'three']) store.runs.rename(createTinyRun(store, home), name)
    store.close()
    await open()
    await page.getByRole('checkbox', { name: 'Select one' }).check()
    await page.getByRole('checkbox', { name: 'Select two' }).check()
    const bar = page.getByRole('region', { name: 'Selected runs' })
    await bar.getByText('2 runs selected').waitFor()
    await bar.getByRole('button', { name: 'Add tags' }).click()
    await page.getByRole('dialog').getByLabel('Tags').first().fill('sweep')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
    const grid = page.getByRole('grid', { name: 'Runs' })
    await expect.poll(() => grid.getByText('sweep').count()).toBe(2)
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('textbox', { name: 'Filter runs' }).fill('sweep')
    await expect.poll(() => grid.getByRole('row').count()).toBe(3)
    await bar.getByRole('button', { name: 'Compare' }).click()
    await page.waitForURL(/compare\?runs=/)
  })

  test('a run waits in the queue for the one that was chosen, and is edited before its start', async () => {
    const [first, second] = stored((store) => [createTinyRun(store, home), createTinyRun(store, home)])
    stored((store) => {
      store.runs.rename(first, 'first')
      store.runs.rename(second, 'second')
    })
    await open()
    await page.getByRole('button', { name: 'Actions for second' }).click()
    await page.getByRole('menuitem', { name: 'Start after' }).click()
    await page.getByRole('dialog').getByLabel('Start when this run has finished').first().click()
    await page.getByRole('option', { name: /first/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Queue' }).click()
    await page.getByText('starts after first').waitFor()

    await page.getByRole('button', { name: 'Actions for second' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await page.getByRole('heading', { name: 'Edit second' }).waitFor()
    await page.getByRole('textbox', { name: 'Prompts', exact: true }).fill('9')
    await page.getByText('1 value changed').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(new RegExp(`/runs/${second}$`))
    await page.getByText('Queued: starts when first has finished').waitFor()
    expect(stored((store) => store.runs.resolve(second))).toMatchObject({ status: 'queued', recipe: { prompts: { count: 9 } } })
  })

  test('a failed run is fixed: a value that rows depend on is refused, another one is saved', async () => {
    const store = openTinyStore(home)
    const id = createTinyRun(store, home)
    const onItem = (): void => {
      if (store.runs.resolve(id).stage === 'candidates') throw new Error('out of memory (test)')
    }
    await workWithStandIn(store, home, id, { onItem }).catch(() => {})
    store.close()
    await open(`/runs/${id}`)
    await page.getByRole('alert', { name: 'The run failed' }).getByRole('link', { name: 'Change settings' }).click()
    const prompts = page.getByRole('textbox', { name: 'Prompts', exact: true })
    await prompts.fill('5')
    await page.getByText('The stage "prompts" has used this value already.').first().waitFor()
    await page.getByRole('button', { name: 'Prompts changed, was 6: reset' }).click()
    const beta = page.getByRole('textbox', { name: 'Candidates', exact: true })
    await beta.fill('4')
    await page.getByText(/starts over/).waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(new RegExp(`/runs/${id}$`))
    expect(stored((now) => now.runs.resolve(id))).toMatchObject({ status: 'failed', recipe: { candidates: { count: 4 } } })
  })
})
