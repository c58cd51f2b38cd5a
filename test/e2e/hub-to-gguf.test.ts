import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { score } from '../../main/engine/inference/score.ts'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'
import { loadModel } from '../../main/engine/model/load-model.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { usePlainBackend } from '../support/native.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { askOthers, llamaCpp } from '../support/other-programs.ts'
import { byteLevelFiles } from '../support/small-tokenizers.ts'
import { type StandInHub, standInHub } from '../support/stand-in-hub.ts'
import { randomTensors, tinyConfig, tinyModel } from '../support/tiny-model.ts'
import { openTinyStore } from '../support/tiny-run.ts'

const patient = { timeout: 120_000 }
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

const config = {
  ...{ ...tinyConfig, vocab_size: 320, hidden_size: 48, intermediate_size: 96, num_attention_heads: 6, num_key_value_heads: 2 },
  max_position_embeddings: 16_384, // a judge prompt is long in bytes
}
const endOfText = 2

/**
 * The files of a Llama with 60,000 random weights. Its texts end soon, which keeps an evaluation short: the first feature is the same for all
 * tokens, and speaks for the end.
 */
function modelFiles(): Record<string, Buffer> {
  const tensors = randomTensors(config).map(({ name, shape, data }) => {
    const small = data.map((value) => (name.endsWith('norm.weight') ? 1 : value / 10))
    if (name !== 'model.embed_tokens.weight') return { name, shape, data: small }
    return {
      name,
      shape,
      data: small.map((value, i) => (i === endOfText * config.hidden_size ? 4 : i % config.hidden_size === 0 ? 0.06 : value)),
    }
  })
  const folder = join(mkdtempSync(join(tmpdir(), 'laurel-hub-')), 'model')
  saveModel(folder, tinyModel({ configJson: config, tokenizerFiles: byteLevelFiles(), tensors }))
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])
  rmSync(dirname(folder), { recursive: true })
  return Object.fromEntries(files) as Record<string, Buffer>
}

/** A run of a few seconds; model and instructions are chosen in the window. */
const recipeOf = (prompts: string): RecipeInput => ({
  ...{ name: 'from the hub', seed: 3, iterations: 1, precision: 'float32' },
  ...{ base_model: 'SET-ME/model', seed_data: { ift: 'SET-ME/ift.jsonl' } },
  sft: { batch_size: 4, max_length: 128, learning_rate: 1e-3 },
  prompts: { method: 'file', file: prompts, count: 4, filters: { max_rouge_l: 1 } },
  candidates: { count: 3, max_new_tokens: 8, temperature: 1, top_p: 1 },
  judge: { method: 'expected', prompt: 'ticks' },
  dpo: { batch_size: 2, max_length: 128, learning_rate: 1e-3 },
  evaluation: { count: 2, method: 'reward', max_new_tokens: 8 },
  ...{ batch: 4, chunk: 8 },
})

/** One user's way through Laurel with a model of their own choice. */
needing(browser).describe('from a model on the Hub to a GGUF file', { timeout: 240_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-story-'))
  const out = mkdtempSync(join(tmpdir(), 'laurel-gguf-'))
  const gguf = join(out, 'mine', 'model.gguf')
  let hub: StandInHub
  let laurel: OpenLaurel
  let page: Page
  let runId: string

  beforeAll(async () => {
    mkdirSync(homePaths(home).runs, { recursive: true })
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    hub = await standInHub('someone/small', modelFiles())
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await laurel?.end()
    await hub?.close()
    for (const folder of [home, out]) rmSync(folder, { recursive: true, force: true })
  })

  const choose = async (label: string, option: string | RegExp): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: option }).click()
  }
  function inStore<Found>(look: (store: Store) => Found): Found {
    const store = openTinyStore(home)
    try {
      return look(store)
    } finally {
      store.close()
    }
  }
  /** What the models of the last chat answered. */
  const answers = () =>
    inStore(({ chats }) => {
      const columns = chats.list().flatMap(({ id }) => chats.find(id).content.columns)
      return columns.flatMap(({ turns }) => turns).flatMap((turn) => (turn.role === 'assistant' && turn.state === 'done' ? [turn] : []))
    }).map(({ content, tokens, finishReason }) => ({ content, tokens, finishReason }))

  async function download(): Promise<void> {
    await laurel.go('/models?get=someone/small')
    const dialog = page.getByRole('dialog', { name: 'Download a model from Hugging Face' })
    await dialog.getByRole('checkbox', { name: /I accept its license: apache-2.0/ }).check()
    await dialog.getByRole('button', { name: 'Download' }).click()
    await page
      .getByRole('list', { name: 'Downloads' })
      .getByText(/^complete: .*someone--small$/)
      .waitFor(patient)
    await page.getByRole('row', { name: /small/ }).waitFor(patient)
  }

  async function importTable(): Promise<void> {
    const rows = numbers(12).map((i) => `${i},Say what ${i} is,It is ${i}.`)
    await laurel.go('/data/import')
    await page.getByLabel('File from this computer').setInputFiles({
      ...{ name: 'mine.csv', mimeType: 'text/csv' },
      buffer: Buffer.from(`no,left,right\n${rows.join('\n')}\n`),
    })
    await choose('Prompt', 'left')
    await choose('Response', 'right')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('12 examples').waitFor(patient)
    await page.getByLabel('Name').fill('Mine')
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.getByRole('heading', { name: 'Mine' }).waitFor(patient)
  }

  async function run(): Promise<void> {
    const prompts = join(home, 'prompts.jsonl')
    const recipe = join(home, 'recipe.json')
    writeFileSync(prompts, lines(numbers(8).map((i) => ({ prompt: `Now tell me about ${i} things` }))))
    writeFileSync(recipe, JSON.stringify(recipeOf(prompts)))
    await laurel.go('/runs/new')
    await page.getByRole('radio', { name: /^Custom/ }).check({ force: true })
    const file = page.getByRole('textbox', { name: 'Recipe file' })
    await file.fill(recipe)
    await file.press('Enter')
    await choose('Base model from the library', /small/)
    await choose('Instruction examples (IFT): a data set', /^Mine/)
    await page.getByText('12 instructions with responses').waitFor(patient)
    await page.getByRole('button', { name: 'Create and start' }).click()
    await page.waitForURL(/\/runs\/r-\w+$/)
    runId = page.url().split('/').at(-1)!
    await page.getByText('newest model M2').waitFor(patient)
  }

  async function evaluate(): Promise<void> {
    const questions = join(home, 'questions.jsonl')
    writeFileSync(questions, lines([{ question_id: 1, category: 'writing', turns: ['Say a word.', 'And another?'] }]))
    await laurel.go('/evaluate/evaluations')
    await page.getByRole('button', { name: 'New evaluation' }).click()
    await choose('Kind', 'MT-Bench')
    await choose('Model', 'M2 of from the hub')
    await choose('Judge', 'M2 of from the hub')
    await choose('Questions', 'From a file')
    await page.getByRole('textbox', { name: 'File of questions' }).fill(questions)
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
    const evaluation = page.getByRole('listitem', { name: /MT-Bench/ })
    await evaluation.getByText('finished').waitFor(patient)
    await evaluation.getByText(/unparsed/).waitFor()
  }

  async function exportAsGguf(): Promise<void> {
    await laurel.go('/models')
    await page.getByRole('button', { name: 'M2', exact: true }).click()
    await page.getByRole('button', { name: 'Export' }).click()
    await choose('Form', 'GGUF file')
    await choose('Weights', 'float32')
    await page.getByRole('textbox', { name: 'New folder' }).fill(join(out, 'mine'))
    await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click()
    await page.getByText(/^Exported and verified: .* are bit-identical\.$/).waitFor(patient)
    await page.getByRole('button', { name: 'Done' }).click()
  }

  /** Laurel reads the file, and both models say the same. */
  async function openAgain(): Promise<void> {
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Model' }).fill(gguf)
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
    await page.getByRole('button', { name: 'model.gguf' }).click()
    await page.getByText('Llama, GGUF file').waitFor(patient)
    await page.getByRole('button', { name: 'Chat', exact: true }).click()
    await choose('Models', 'M2 of from the hub')
    await page.getByLabel('Message to all models').fill('Say what 7 is')
    await page.keyboard.press('Enter')
    await expect.poll(() => answers().length, patient).toBe(2)
    const [one, other] = answers()
    expect(one).toEqual(other)
  }

  test('a model is downloaded, a table imported by its columns, a run with both finishes, and its model is evaluated, exported, and opened again', async () => {
    for (const step of [download, importTable, run, evaluate, exportAsGguf, openAgain]) {
      await step()
      expect(laurel.complaints, step.name).toEqual([])
    }
  })

  needing(llamaCpp).test('llama.cpp opens the file, too: the log-probabilities are those of the run’s model', async () => {
    const ids = [5, 120, 37, 201, 8, 99, 4, 250, 61, 17, 17, 88]
    await usePlainBackend()
    const model = await loadModel(
      inStore(({ models }) => models.find(runId, 'M2')!.path),
      'float32',
    )
    const own: number[] = []
    for await (const { tokenLogprobs } of score(model, [{ ids }], { top: 0 })) own.push(...tokenLogprobs)
    model.dispose()
    const [theirs] = askOthers([['llama.cpp', gguf, ids]])
    expect(theirs).toHaveLength(own.length)
    for (const [i, logprob] of own.entries()) expect(theirs[i]).toBeCloseTo(logprob, 3)
  })
})
