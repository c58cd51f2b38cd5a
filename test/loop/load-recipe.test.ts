import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resourceFile } from '../../main/common/resources.ts'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(document: unknown, name = 'mine.json'): string {
  const path = join(folder, name)
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return path
}

const small = { name: 'mine', base_model: 'models/base', seed_data: { ift: 'ift.jsonl' } }

describe('a recipe', () => {
  it('defaults to the paper’s numbers', () => {
    const recipe = loadRecipe(write(small))
    expect(recipe.iterations).toBe(2)
    expect(recipe.candidates).toMatchObject({ count: 4, temperature: 0.7, top_p: 0.9 })
    expect(recipe.judge).toMatchObject({ method: 'additive', samples: 3 })
    expect(recipe.prompts).toMatchObject({ temperature: 0.6, top_p: 0.9, demonstrations: { seed: 6, generated: 2 } })
    expect(recipe.sft).toMatchObject({ learning_rate: 5.5e-6, min_learning_rate: 1.1e-6, batch_size: 16, dropout: 0.1 })
    expect(recipe.dpo).toMatchObject({ learning_rate: 1e-6, min_learning_rate: 1e-7, batch_size: 16, beta: 0.1, dropout: 0.1 })
    expect(recipe.seed_data).toMatchObject({ ift_limit: 3200, eft_limit: 1630 })
  })

  it('keeps the paper’s other numbers when it changes one in a section', () => {
    const recipe = loadRecipe(write({ ...small, sft: { epochs: 3 } }))
    expect(recipe.sft).toMatchObject({ epochs: 3, learning_rate: 5.5e-6, dropout: 0.1 })
  })

  it('has paths relative to its own file', () => {
    mkdirSync(join(folder, 'deep'))
    const path = write({ ...small, judge: { prompt: './judge.txt' }, evaluation: { judge: 'M1' } }, 'deep/mine.json')
    const recipe = loadRecipe(path)
    expect(recipe.base_model).toBe(join(folder, 'deep/models/base'))
    expect(recipe.seed_data.ift).toBe(join(folder, 'deep/ift.jsonl'))
    expect(recipe.judge.prompt).toBe(join(folder, 'deep/judge.txt'))
    expect(recipe.evaluation).toMatchObject({ judge: 'M1', judge_prompt: 'pairwise' }) // names, not paths
  })

  it('finds the demo’s files', () => {
    expect(loadRecipe(write({ ...small, base_model: 'demo:model' })).base_model).toBe(resourceFile('demo', 'model'))
  })

  it('can be changed key by key', () => {
    const changes = [
      ['prompts.count', '20'],
      ['sft', 'null'],
      ['name', 'other'],
      ['base_model', '/models/other'],
    ] as const
    const recipe = loadRecipe(write(small), changes)
    expect(recipe).toMatchObject({ name: 'other', base_model: '/models/other', sft: null, prompts: { count: 20 } })
    expect(loadRecipe(write(small), [['base_model', 'here']]).base_model).toBe(join(process.cwd(), 'here'))
  })
})

describe('an invalid recipe is rejected, by file and key', () => {
  const reasons: [string, unknown, RegExp][] = [
    ['invalid JSON', '{"name": ', /mine\.json: not JSON/],
    ['no object', '[]', /a single JSON object/],
    ['an unknown key', { ...small, candidates: { cuont: 3 } }, /mine\.json: candidates: Unrecognized key: "cuont"/],
    ['a wrong value', { ...small, judge: { samples: 'three' } }, /mine\.json: judge\.samples: .*expected number/],
    ['a missing key', { name: 'x' }, /base_model/],
    ['self-instruct without tasks', { ...small, seed_data: {}, sft: null }, /prompts\.method .* seed_data\.ift is missing/],
    ['ticks without their texts', { ...small, judge: { method: 'ticks' } }, /judge\.ticks is missing/],
    ['a judge that isn’t a model', { ...small, evaluation: { judge: 'M7' } }, /evaluation\.judge is "M7"/],
    ['prompts from no file', { ...small, prompts: { method: 'file' } }, /prompts\.file is missing/],
    ['nothing to fine-tune on', { ...small, seed_data: {}, prompts: { method: 'pre-query' } }, /no data to fine-tune M1 on/],
  ]
  it.each(reasons)('%s', (_, document, message) => {
    expect(() => loadRecipe(write(document))).toThrow(message)
    expect(() => loadRecipe(write(document))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })

  it('a missing file', () => {
    expect(() => loadRecipe(join(folder, 'none.json'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })

  it('an unknown recipe name', () => {
    expect(() => recipeFile('papre')).toThrow(expect.objectContaining({ remedy: expect.stringContaining('paper') }))
  })

  it('keys that refer to an object’s prototype', () => {
    expect(() => loadRecipe(write(small), [['__proto__.polluted', '1']])).toThrow(/__proto__/)
    expect({}).not.toHaveProperty('polluted')
  })
})

it.each(readdirSync(resourceFile('recipes')).filter((name) => name.endsWith('.json')))('the shipped recipe %s is valid', (name) => {
  const short = basename(name, '.json')
  expect(loadRecipe(recipeFile(short)).name).toBe(short)
})
