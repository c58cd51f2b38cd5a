import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import type { Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { tinyGgufMetadata, tinyGgufTensors } from '../support/tiny-gguf.ts'
import { tinyConfig } from '../support/tiny-model.ts'
import { createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'
import { tinyTokenizerMetadata, tinyVocabulary } from '../support/tiny-tokenizer.ts'
import { writeGguf } from '../support/write-gguf.ts'

const patient = { timeout: 120_000 }

needing(chromium).describe('which judge fits a model, in a new run', () => {
  const { home, remove } = tinyHome()
  const [model, ranked] = [join(home, 'judge.gguf'), join(home, 'undecided.jsonl')]
  let store: Store
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    const config = { ...tinyConfig, vocab_size: tinyVocabulary.length }
    const context = { 'llama.context_length': 4096 }
    writeGguf(model, { ...tinyGgufMetadata(), ...tinyTokenizerMetadata(), ...context }, tinyGgufTensors(config))
    // The same answers in both orders: a judge that reads nothing but them is right on half of the pairs.
    const rows = [0, 1, 2, 3].flatMap((q) =>
      [0, 1, 2].map((i) => ({ question: `Is ${q} even?`, answer: `${['Yes', 'No!', 'Who'][i]} knows.`, rank: q % 2 === 0 ? i : 2 - i })),
    )
    writeFileSync(ranked, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    mkdirSync(homePaths(home).runs, { recursive: true })
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    store = openTinyStore(home)
    laurel = await openServed(home, { height: 1000 })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    store.close()
    remove()
  })

  const panel = () => page.getByRole('region', { name: 'Which judge fits this model?' })

  test('the panel waits for a model, and for a run that is running', async () => {
    await laurel.go('/runs/new')
    await page.getByRole('radio', { name: /^SmolLM2/ }).check({ force: true })
    await page.getByText('This recipe is made for SmolLM2-135M-Instruct.').waitFor(patient)
    expect(await panel().count()).toBe(0)
    const runId = createTinyRun(store, home)
    const { token } = store.jobs.begin(runId)
    await page.getByRole('textbox', { name: 'Ranked answers' }).fill(ranked)
    await page.getByRole('textbox', { name: /Base model/ }).fill(model)
    await panel().getByText('Run tiny is running, and this would slow it down.').waitFor(patient)
    expect(await panel().getByRole('button', { name: 'Measure judges' }).isDisabled()).toBe(true)
    store.jobs.release(runId, token)
    await expect.poll(() => panel().getByRole('button', { name: 'Measure judges' }).isEnabled(), patient).toBe(true)
  })

  test('every judge is measured, and the figures are still there after a reload', async () => {
    await panel().getByRole('button', { name: 'Measure judges' }).click()
    await panel().getByText('No judge is better than chance on pairs of similar length').waitFor(patient)
    await panel().getByText('12 pairs, 12 of them of similar length').waitFor()
    await page.reload()
    const row = (name: string) => panel().getByRole('row', { name: new RegExp(`^${name}`) })
    await row('longer answer').getByText('50%').first().waitFor(patient)
    await row('additive').getByText('in use').waitFor()
    expect(await seriousFindings(page)).toEqual([])

    await panel().getByRole('button', { name: 'Use yes' }).click()
    await row('yes').getByText('in use').waitFor()
    await page.locator('#group-judge > summary').click()
    await page.getByText(/^Measured with this model: right on .* isn’t better than chance/).waitFor()
    expect(laurel.complaints).toEqual([])
  })

  test('the measurement is an evaluation', async () => {
    await laurel.go('/evaluate/evaluations')
    await page.getByRole('listitem', { name: 'Choice of judge: judge.gguf' }).getByText('no judge is better than chance').waitFor(patient)
    expect(laurel.complaints).toEqual([])
  })
})
