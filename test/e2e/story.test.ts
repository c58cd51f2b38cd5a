import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { detailsOf } from '../../main/app/runs/show-run.ts'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { demoRecipe, summaryOf } from '../../main/demo/demo-run.ts'
import { type Recipe, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { launchChromium, untilTrue } from '../support/chromium.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'

/** Scenarios of one user with one data folder, in order: each starts where the previous one ended. Uses the demo's model with real arithmetic. */
needing(browser).describe('a user and the demo', { timeout: 240_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-story-'))
  let store: Store
  let browser: Browser
  let laurel: OpenLaurel
  let page: Page
  let first: string // the run of the first scenario

  beforeAll(async () => {
    mkdirSync(homePaths(home).runs, { recursive: true })
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    store = openStore(homePaths(home).database)
    browser = await launchChromium()
    await serve()
  })
  afterAll(async () => {
    await laurel?.end()
    await browser?.close()
    store?.close()
    rmSync(home, { recursive: true, force: true })
  })

  /** Serve the data folder, and open it at the printed address as a user does. */
  async function serve(): Promise<void> {
    laurel = await openServed(home, { browser })
    page = laurel.page
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
  }

  const open = (path: string): Promise<unknown> => laurel.go(path)
  const patient = { timeout: 180_000 }
  const finished = () => page.getByText('newest model').waitFor(patient)
  const sha256Of = (id: string): string[] => store.models.ofRun(id).map(({ name, sha256 }) => `${name} ${sha256}`)
  const createRun = (name: string, change: (recipe: Recipe) => object = () => ({})): string => {
    const recipe = demoRecipe(0, 'self')
    return store.runs.create({ name, recipe: recipeSchema.parse({ ...recipe, ...change(recipe) }) })
  }

  /** Serious axe violations on a page: every rule in light, and contrast, the only one that depends on colors, in dark too. */
  async function findingsOn(path: string): Promise<string[]> {
    const found: string[] = []
    await open(path)
    await page.getByRole('heading').first().waitFor()
    await untilTrue(page, 'document.querySelector("[aria-busy=true]") === null')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await untilTrue(page, `document.documentElement.dataset.mantineColorScheme === '${colorScheme}'`)
      await untilTrue(page, 'document.getAnimations().every(({ playState }) => playState === "finished")') // no color transition is running
      const findings = await seriousFindings(page, colorScheme === 'light' ? undefined : ['color-contrast'])
      found.push(...findings.map((finding) => `${colorScheme} ${finding}`))
    }
    return found
  }

  const places = [
    ...['/runs', '/runs/new', '/review', '/compare', '/search', '/models', '/models/lineage', '/models/chat'],
    ...[
      '/data',
      '/data/import',
      '/data/export',
      '/evaluate',
      '/evaluate/evaluations',
      '/evaluate/standings',
      '/evaluate/mt-bench',
      '/evaluate/alpaca-eval',
      '/evaluate/abilities',
      '/evaluate/results',
    ],
    ...['/system', '/system/engines', '/system/storage', '/system/log', '/system/about'],
  ]

  test.each(places)('before the first run, %s is accessible, in light and dark', async (path) => {
    expect(await findingsOn(path)).toEqual([])
    expect(laurel.complaints).toEqual([])
  })

  test('starts the demo with one click and watches it to the end: the true accuracy rises with every model', async () => {
    await open('/runs')
    await page.getByRole('button', { name: 'Run the demo' }).click()
    await page.waitForURL(/\/runs\/r-\w+$/)
    first = page.url().split('/').at(-1)!
    await page.getByText('left in total').waitFor(patient)
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await finished()
    await page.getByText('M3 v M2').first().waitFor()
    await page.getByText('Reward distribution').first().waitFor()
    await page.getByText('rewards/margins').first().waitFor()
    await page.getByRole('heading', { name: /^Samples/ }).scrollIntoViewIfNeeded()
    const accuracies = detailsOf(store, store.runs.resolve(first)).models.map((model) => summaryOf(model).trueAccuracy)
    expect(accuracies).toHaveLength(4)
    for (let t = 1; t < 4; t++) expect(accuracies[t]).toBeGreaterThan(accuracies[t - 1] + 0.03)
    expect(laurel.complaints).toEqual([])
  })

  test('the server is killed during a run; after a restart it shows the run as interrupted, and Resume gives identical models', async () => {
    const id = createRun('killed midway', () => ({ iterations: 1 }))
    await open(`/runs/${id}`)
    await page.getByRole('button', { name: 'Start' }).click()
    await expect.poll(() => store.models.ofRun(id).map(({ name }) => name), { ...patient, interval: 50 }).toContain('M1')
    await expect.poll(() => store.runs.find(id)?.stage, { ...patient, interval: 20 }).toMatch(/candidates|judgements/)
    await laurel.served.end('SIGKILL')
    await page.getByText('Laurel can’t be reached').waitFor()
    await page.context().close()

    await serve()
    await page
      .getByRole('row', { name: /killed midway/ })
      .getByText('interrupted')
      .waitFor()
    await open(`/runs/${id}`)
    await page.getByText('Nothing saved is lost').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await finished()
    expect(sha256Of(id)).toEqual(sha256Of(first).slice(0, 3))
    expect(sha256Of(id)).toHaveLength(3)
    expect(laurel.complaints).toEqual([])
  })

  test('a run waits for review; pairs are overruled by keyboard alone, and the next model is trained on those decisions', async () => {
    const id = createRun('reviewed run', ({ prompts, evaluation }) => ({
      iterations: 1,
      prompts: { ...prompts, count: 80 },
      evaluation: { ...evaluation, count: 8 },
      review: { wait: true },
    }))
    await open(`/runs/${id}`)
    await page.getByRole('button', { name: 'Start' }).click()
    const reviewLink = page.getByRole('link', { name: 'Review pairs' })
    await reviewLink.waitFor(patient)
    await reviewLink.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('article', { name: 'Response A' }).waitFor()

    const decided = () => store.reviews.newest(id, 1).size
    /** Presses a key, and waits until the decision is stored. */
    async function press(key: string, count: number): Promise<void> {
      const before = page.url()
      await page.keyboard.press(key)
      await expect.poll(decided, { timeout: 60_000, interval: 20 }).toBe(count)
      await page.waitForURL((url) => url.href !== before)
      await page.getByRole('article', { name: 'Response A' }).waitFor()
    }
    await press('s', 1)
    await press('s', 2)
    await press('t', 3)
    await press('x', 4)
    await press('s', 5)
    await press('u', 4) // undoes the last decision
    await page.keyboard.press('e')
    await page.getByRole('textbox', { name: 'Response A' }).fill('toolems')
    await page.keyboard.press('Control+Enter')
    await expect.poll(decided, { timeout: 60_000, interval: 20 }).toBe(5)
    await page.reload()
    await page.getByText(/5 of \d+ reviewed/).waitFor() // a reload loses nothing

    const train = page.getByRole('button', { name: /Train M2 with 5 reviews/ })
    await train.focus()
    await page.keyboard.press('Enter')
    await open(`/runs/${id}`)
    await page.getByText('newest model M2').waitFor(patient)

    const training = store.trainings.find(id, 'M2')!
    const trained = store.trainingPairs.ofTraining(training.id)
    const byUser = Map.groupBy(trained, ({ because }) => because)
    const swapped = byUser.get('swap') ?? []
    expect(swapped.map(({ row, reviewId }) => [row !== null, reviewId !== null && store.reviews.find(reviewId)?.decision])).toEqual([
      [true, 'swap'],
      [true, 'swap'],
    ])
    expect(byUser.get('tie')?.map(({ row }) => row)).toEqual([null])
    expect(byUser.get('both-bad')?.map(({ row }) => row)).toEqual([null])
    expect(byUser.get('edit')?.every(({ row, reviewId }) => row !== null && reviewId !== null)).toBe(true)
    expect(training.rows).toBe(trained.filter(({ row }) => row !== null).length)
    expect(training.rows).toBe(trained.length - 2)
    await page.getByText(/after review: 2 swapped, 1 edited, 2 left out/).waitFor()
    expect(laurel.complaints).toEqual([])
  })

  test('compares two runs and downloads the pairs as a file', async () => {
    const [other] = store.runs.list().filter(({ name }) => name === 'reviewed run')
    await open(`/compare?runs=${first},${other.id}`)
    await page.getByRole('heading', { name: 'Figures' }).waitFor()
    await page.getByText('prompts.count').first().waitFor()

    await open(`/data/export?run=${first}`)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const rows = readFileSync(await (await download).path(), 'utf8')
      .trimEnd()
      .split('\n')
    expect(rows).toHaveLength(store.pairs.ofIteration(first, 1).length + store.pairs.ofIteration(first, 2).length)
    for (const row of rows) expect(Object.keys(JSON.parse(row))).toEqual(expect.arrayContaining(['prompt', 'chosen', 'rejected']))
    expect(laurel.complaints).toEqual([])
  })

  const full = ['/runs/FIRST', '/review/REVIEWED', '/compare?runs=FIRST,REVIEWED', '/models/lineage/FIRST']
  test.each([...places, ...full])('with runs and models, %s is accessible, in light and dark', async (path) => {
    const reviewed = store.runs.list().find(({ name }) => name === 'reviewed run')!.id
    expect(await findingsOn(path.replaceAll('FIRST', first).replaceAll('REVIEWED', reviewed))).toEqual([])
    expect(laurel.complaints).toEqual([])
  })
})
