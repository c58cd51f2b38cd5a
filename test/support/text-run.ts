import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { saveTextModel } from './command-line.ts'
import { openTinyStore } from './tiny-run.ts'

export interface TextRun {
  readonly name: string
  /** Prompts per iteration: a run with 6 takes seconds with a real engine. */
  readonly prompts: number
}

/** Create runs for a real engine in a data folder, with a random model of 14,000 weights; returns their IDs. */
export function createTextRuns(home: string, runs: readonly TextRun[]): string[] {
  const base = join(home, 'text-base')
  if (!existsSync(base)) saveTextModel(base)
  const file = (name: string, rows: readonly object[]): string => {
    const path = join(home, name)
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return path
  }
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
  const ift = file(
    'text-ift.jsonl',
    numbers(11).map((i) => ({ instruction: `Say what ${i} is`, input: '', output: `It is ${i}.` })),
  )
  linkRuntimes(home)
  mkdirSync(homePaths(home).runs, { recursive: true })
  const store = openTinyStore(home)
  const ids = runs.map(({ name, prompts: count }) => {
    const prompts = file(
      `${name}-prompts.jsonl`,
      numbers(count * 2).map((i) => ({ prompt: `Now tell me about ${i} things` })),
    )
    const recipe = recipeSchema.parse({
      ...{ name, seed: 3, base_model: base, precision: 'float32', seed_data: { ift } },
      sft: { batch_size: 2, save_steps: 1, max_length: 128 },
      prompts: { method: 'file', file: prompts, count, filters: { max_rouge_l: 1 } },
      candidates: { count: 3, max_new_tokens: 6, temperature: 1, top_p: 1 },
      judge: { method: 'expected', prompt: 'ticks' },
      dpo: { batch_size: 2, save_steps: 1, max_length: 128, learning_rate: 1e-3 },
      evaluation: { count: 3, method: 'reward', max_new_tokens: 6 },
      ...{ batch: 4, chunk: 8 },
    })
    return store.runs.create({ name, recipe })
  })
  store.close()
  return ids
}

/** The machine's own runtime packs, if any. */
function linkRuntimes(home: string): void {
  const { runtimes } = homePaths(homeFolder())
  if (existsSync(runtimes) && !existsSync(homePaths(home).runtimes)) symlinkSync(runtimes, homePaths(home).runtimes)
}
