import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addImported } from '../../main/app/evaluations/evaluations.ts'
import type { HeadToHeadSettings } from '../../main/shared/evaluation-settings.ts'
import { recipe } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

const patient = { timeout: 120_000 }

needing(chromium).describe('AlpacaEval and standings in Evaluate', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    store = openTinyStore(home)
    laurel = await openServed(home, { height: 900 })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  test('annotations are imported onto a leaderboard, in a table apart from the paper’s', async () => {
    const rows = [2, 1.9, 1, 1.5, null, 1.2].map((preference, i) => ({
      ...{ instruction: `Q${i}`, output_1: 'baseline', generator_1: 'gpt4', output_2: 'mine '.repeat(i), generator_2: 'my model' },
      ...{ annotator: 'some judge', preference },
    }))
    const path = join(home, 'annotations.json')
    writeFileSync(path, JSON.stringify(rows))
    await laurel.go('/evaluate/alpaca-eval')
    const paper = page.getByRole('region', { name: 'Judge GPT-4 Turbo, against GPT-4 Turbo, 805 prompts' })
    await paper
      .getByRole('row', { name: /Self-Rewarding 70B M3/ })
      .getByText('20.44%')
      .waitFor(patient)
    await page.getByRole('button', { name: 'Import annotations' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'File of annotations' }).fill(path)
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    const own = page.getByRole('region', { name: 'Judge some judge, against gpt4, 6 prompts' })
    const row = own.getByRole('row', { name: /my model/ })
    await row.waitFor(patient)
    const cells = await row.getByRole('cell').allTextContents()
    expect(cells[0]).toMatch(/^52\.00%/)
    expect(cells.slice(4, 6)).toEqual(['5', '1'])
    expect(cells.at(-1)).toMatch(/imported/)
    expect(await own.getByText('Self-Rewarding').count()).toBe(0)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a result is saved in AlpacaEval’s form', async () => {
    await page.getByRole('button', { name: 'Save my model' }).click()
    const saving = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'annotations.json' }).click()
    expect((await saving).suggestedFilename()).toBe('my-model-annotations.json')
  })

  test('standings show who compared, and say where models are separated', async () => {
    const model = (name: string) => ({ id: name, label: name, path: `/models/${name}` })
    const { temperature, top_p, top_k, max_new_tokens, stop } = recipe.shape.evaluation.parse(undefined)
    const add = (one: string, other: string, wins: number, losses: number): void => {
      const settings: HeadToHeadSettings = {
        ...{ kind: 'head-to-head', model: model(one), against: model(other), judge: model('wise'), count: 8, seed: 1, random: 'philox' },
        ...{ deciding: { method: 'pairwise', prompt: 'pairwise', maxNewTokens: 9 }, source: { from: 'file', path: '/prompts.jsonl' } },
        answering: { temperature, top_p, top_k, max_new_tokens, stop },
      }
      const result = { n: wins + losses, wins, ties: 0, losses, unreadable: 2, win_rate: wins / (wins + losses), low: 0, high: 1 }
      addImported(store, { settings, title: one, rows: [], result })
    }
    add('M2', 'M1', 40, 24)
    add('M1', 'M0', 30, 0)
    const round = { prompt: 'p', source: 'typed', modelA: 'M2', modelB: 'M1', labelA: 'M2', labelB: 'M1', textA: 'x', textB: 'y' }
    store.arena.vote(store.arena.add(round), 'A', 1)
    await laurel.go('/evaluate/standings')
    const table = page.getByRole('table', { name: 'Standings by wise, comparing answers in both orders' })
    await table.waitFor(patient)
    const heads = await table.getByRole('rowheader').allTextContents()
    expect(heads.map((head) => head.trim())).toEqual(['M2', 'M1', 'M0'])
    await table.getByText(/Separated: no model below won or tied/).waitFor()
    await page.getByText('94 comparisons, 4 unreadable').waitFor()
    await page.getByText('Users, blind').first().waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect(laurel.complaints).toEqual([])
  })
})
