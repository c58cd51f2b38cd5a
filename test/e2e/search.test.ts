import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { needing, browser as needsBrowser } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

needing(needsBrowser).describe('texts and commands in the window', () => {
  const { home, remove } = tinyHome()
  let laurel: OpenLaurel
  let page: Page
  let runId: string
  let candidate: string

  beforeAll(async () => {
    const store = openTinyStore(home)
    runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId)
    candidate = store.candidates.ofIteration(runId, 1)[0].text
    store.close()
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    remove()
  })

  test('a response is found by its words and leads to its prompt’s page, with every answer and judgement', async () => {
    await laurel.go('/search')
    await page.getByRole('textbox', { name: 'Search prompts and responses' }).fill(candidate)
    await page.getByRole('status').filter({ hasText: 'found' }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('listitem').filter({ hasText: 'candidate' }).getByRole('link').first().click()
    await page.getByRole('heading', { name: 'Prompt', exact: true, level: 1 }).waitFor()
    await page.getByRole('heading', { name: /Candidates of M1 in tiny/ }).waitFor()
    await page.getByText('3 judgements').first().click()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByText('Verbatim').click()
    await page.goBack()
    await expect.poll(() => page.getByRole('textbox', { name: 'Search prompts and responses' }).inputValue()).toBe(candidate)
  })

  test('a held-out prompt’s page shows what all models answered, and the judge’s verdicts', async () => {
    await laurel.go(`/runs/${runId}`)
    await page.getByRole('link', { name: 'All answers' }).first().click()
    await page.getByRole('heading', { name: 'Comparisons by a judge' }).waitFor()
    for (const model of ['M1', 'M2', 'M3']) await page.getByText(model, { exact: true }).first().waitFor()
  })

  test('a key opens the command palette, which leads anywhere by words', async () => {
    await laurel.go('/runs')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Command' })
    await field.fill('review tiny')
    await page.getByRole('option', { name: /Review tiny/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`/review/${runId}`))
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    await page.keyboard.press('Control+k')
    await field.fill('decide all')
    await page.getByRole('option', { name: /Decide all/ }).waitFor() // it can be done once the pairs are there
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Decide all pairs in the queue' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: /^as/ }).click() // a popover with a field for the reviewer's name
    await page.getByRole('textbox', { name: 'Your name' }).waitFor()
    await page.keyboard.press('Control+k')
    await field.fill('a text that no command has')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/search\?q=a/)
  })

  test('the palette lists what the open screen can do', async () => {
    const primary = {
      '/runs': 'New run',
      [`/runs/${runId}`]: 'Rename',
      [`/review/${runId}`]: 'A is better',
      '/compare': 'Choose runs',
      '/models': 'Add models',
      '/models/lineage': 'Choose a run',
      '/models/template': 'Add message',
      '/data': 'Import a file',
      '/data/import': 'Choose from this computer',
      '/data/export': 'Download',
      '/search': 'Search prompts and responses',
      '/evaluate': 'Blind',
      '/evaluate/evaluations': 'New evaluation',
      '/evaluate/results': 'Download CSV',
      '/system/engines': 'Add engine',
      '/system/storage': 'Back up now',
    }
    for (const [path, action] of Object.entries(primary)) {
      await laurel.go(path)
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      await expect
        .poll(async () => {
          await page.keyboard.press('Control+k')
          await page.getByRole('combobox', { name: 'Command' }).fill(action)
          const found = await page.getByRole('option', { name: new RegExp(`^${action}`) }).count()
          await page.keyboard.press('Escape')
          return found > 0 ? path : `${path} without ${action}`
        })
        .toBe(path)
    }
  })

  test('g and a letter go to a page, and the shortcuts dialog lists them', async () => {
    await laurel.go('/runs')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.waitForURL(/\/data$/)
    await page.getByRole('heading', { name: 'Data', exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('Go to Models').waitFor()
    await page.keyboard.press('Escape')
    expect(laurel.complaints).toEqual([])
  })
})
