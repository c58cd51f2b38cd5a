import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { tinyGgufMetadata, tinyGgufTensors } from '../support/tiny-gguf.ts'
import { tinyConfig } from '../support/tiny-model.ts'
import { tinyHome } from '../support/tiny-run.ts'
import { tinyTokenizerMetadata, tinyVocabulary } from '../support/tiny-tokenizer.ts'
import { writeGguf } from '../support/write-gguf.ts'

const patient = { timeout: 120_000 }

needing(chromium).describe('evaluations of a model on a file', () => {
  const { home, remove } = tinyHome()
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    mkdirSync(homePaths(home).models, { recursive: true })
    const config = { ...tinyConfig, vocab_size: tinyVocabulary.length }
    writeGguf(
      join(homePaths(home).models, 'tiny.gguf'),
      { ...tinyGgufMetadata(), ...tinyTokenizerMetadata(), 'llama.context_length': 2048 },
      tinyGgufTensors(config),
    )
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    laurel = await openServed(home, { height: 900 })
    page = laurel.page
  })
  afterAll(async () => {
    await laurel?.end()
    remove()
  })

  const rows = (...lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

  test.each([
    [
      'IFEval',
      rows({
        prompt: 'Is 1 even?',
        instruction_id_list: ['punctuation:no_comma', 'keywords:existence'],
        kwargs: [{}, { keywords: ['zebra'] }],
      }),
      'File of prompts',
      /prompts: 0\.0% \(95%: 0% to 79%\) strict, 0\.0% loose, n = 1; instructions: .* strict, .* loose, n = 2/,
    ],
    [
      'Multiple choice',
      rows({ question: 'Is 1 even?', choices: ['Yes', 'No'], answer: 'B' }),
      'File of questions',
      /right on 1?0+\.0% \(95%: .*\), by length in bytes on 1?0+\.0% .*; chance: 50%; 1 questions/,
    ],
    [
      'Perplexity',
      rows({ text: 'Is 1 even? Who knows.' }),
      'File of texts',
      /perplexity .* per token, .* per byte \(.* tokens, windows of 1,024 tokens, stride 512\)/,
    ],
  ])('%s is started in the window and shows its figures', async (kind, content, field, headline) => {
    const path = join(home, `${kind}.jsonl`)
    writeFileSync(path, content)
    await laurel.go('/evaluate/evaluations')
    await page.getByRole('button', { name: 'New evaluation' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: 'Kind' }).click()
    await page.getByRole('option', { name: kind, exact: true }).click()
    await dialog.getByRole('combobox', { name: 'Model' }).click()
    await page.getByRole('option', { name: 'tiny.gguf' }).click()
    await dialog.getByRole('textbox', { name: field }).fill(path)
    await dialog.getByRole('button', { name: 'Start' }).click()
    await page
      .getByRole('listitem', { name: `${kind}: tiny.gguf` })
      .getByText(headline)
      .waitFor(patient)
    expect(laurel.complaints).toEqual([])
  })

  test('the figures of each file are side by side under Abilities', async () => {
    await laurel.go('/evaluate/abilities')
    await page.getByRole('heading', { name: 'Perplexity: Perplexity.jsonl' }).waitFor(patient)
    const ifeval = page.locator('section').filter({ has: page.getByRole('heading', { name: 'IFEval: IFEval.jsonl' }) })
    await ifeval.getByRole('row', { name: /^tiny\.gguf 0\.0% n = 1 0% to 79% .*% n = 2 / }).waitFor()
    const choices = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Multiple choice: Multiple choice.jsonl' }) })
    await choices.getByRole('row', { name: /^tiny\.gguf 1?0+\.0% n = 1 .* 50%$/ }).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    expect(laurel.complaints).toEqual([])
  })
})
