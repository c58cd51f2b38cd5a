import type { Page } from 'playwright-core'
import type { DemoRuns } from './demo-data.ts'

/** One screenshot: its page, and what to do and wait for first. */
export interface Scene {
  readonly name: string
  readonly path: (runs: DemoRuns) => string
  readonly prepare?: (page: Page, runs: DemoRuns) => Promise<unknown>
}

const order = 'Pet: first t, last s, has oo, no i, 7 long'

/** Scroll the panel with this title to the top. */
const scrollTo = (title: string) => async (page: Page) => {
  const heading = page.getByRole('heading', { name: title, exact: true }).first()
  await heading.waitFor()
  await heading.evaluate((element) => element.scrollIntoView({ block: 'start' }))
}

const pairIsThere = (page: Page) => page.getByRole('article', { name: 'Response A' }).waitFor()

/** Make a few decisions by keyboard, so that there is an agreement figure, and highlight the differences of the next pair. */
async function reviewSome(page: Page): Promise<void> {
  await pairIsThere(page)
  for (const key of ['1', '2', '1', '1', 't', '2', '1', '1']) {
    const before = page.url()
    await page.keyboard.press(key)
    await page.waitForURL((url) => url.href !== before) // the next pair
    await page.getByRole('article', { name: 'Response A' }).waitFor()
  }
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first().waitFor()

/** Every screen of the window, with real demo data. */
export const scenes: readonly Scene[] = [
  { name: 'runs', path: () => '/runs', prepare: (page) => page.getByRole('row', { name: /Reviewed by hand/ }).waitFor() },
  {
    name: 'new-run',
    path: () => '/runs/new',
    prepare: async (page) => {
      await page.getByRole('radio', { name: /^SmolLM2/ }).check({ force: true })
      await page.getByRole('radio', { name: /^Demo/ }).check({ force: true })
      await page.getByText('Memory to train').waitFor()
    },
  },
  { name: 'run', path: ({ first }) => `/runs/${first}`, prepare: (page) => page.getByText('M2 v M1').first().waitFor() },
  { name: 'run-training', path: ({ first }) => `/runs/${first}`, prepare: scrollTo('Training') },
  { name: 'run-samples', path: ({ first }) => `/runs/${first}`, prepare: scrollTo('Samples: the same prompt, answered by each model') },
  {
    name: 'run-waiting',
    path: ({ waiting }) => `/runs/${waiting}`,
    prepare: (page) => page.getByText('waiting for your review before').waitFor(),
  },
  { name: 'review', path: ({ waiting }) => `/review/${waiting}?iteration=1`, prepare: reviewSome },
  {
    name: 'review-keys',
    path: ({ waiting }) => `/review/${waiting}?iteration=1`,
    prepare: async (page) => {
      await pairIsThere(page)
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'compare', path: ({ first, second }) => `/compare?runs=${first},${second}`, prepare: heading('Figures') },
  { name: 'models', path: () => '/models', prepare: (page) => page.getByRole('row', { name: /M3/ }).first().waitFor() },
  {
    name: 'models-lineage',
    path: ({ first }) => `/models/lineage/${first}`,
    prepare: (page) => page.getByRole('radio', { name: /^M3/ }).waitFor(),
  },
  {
    name: 'models-chat',
    path: () => '/models/chat',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'All of a run' }).click()
      await page.getByRole('menuitem', { name: /Demo, seed 0/ }).click()
      await page.getByLabel('Message to all models').fill(order)
      await page.keyboard.press('Enter')
      await page
        .getByText(/tokens in .* seed 1/)
        .nth(3)
        .waitFor()
    },
  },
  { name: 'evaluate-results', path: () => '/evaluate/results', prepare: heading('Evaluate') },
  { name: 'evaluate-arena', path: () => '/evaluate', prepare: heading('Evaluate') },
  { name: 'evaluate-evaluations', path: () => '/evaluate/evaluations', prepare: heading('Evaluate') },
  { name: 'data', path: () => '/data', prepare: heading('Data') },
  {
    name: 'data-export',
    path: ({ first }) => `/data/export?run=${first}`,
    prepare: (page) => page.getByRole('button', { name: 'Download' }).waitFor(),
  },
  { name: 'system', path: () => '/system', prepare: (page) => page.getByText(/GFLOP/).first().waitFor({ timeout: 120_000 }) },
  { name: 'system-storage', path: () => '/system/storage', prepare: heading('System') },
  { name: 'system-log', path: () => '/system/log', prepare: heading('System') },
  { name: 'system-settings', path: () => '/system/about', prepare: heading('System') },
]
