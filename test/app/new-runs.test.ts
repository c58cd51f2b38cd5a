import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import { type NewRunsApi, newRunsApi } from '../../main/app/runs/new-runs.ts'
import { type RunsApi, runsApi } from '../../main/app/runs/runs.ts'
import type { Store } from '../../main/store/store.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { openTinyStore, tinyHome, tinyRecipe } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let runs: RunsApi
let newRuns: NewRunsApi
let measurements: number

beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  measurements = 0
  const engine = standInEngine()
  const bench = workbench(async () => ({
    ...engine,
    measure: async () => {
      measurements++
      return { float32Gflops: 200, bfloat16Gflops: 400 }
    },
  }))
  runs = runsApi({ home, store })
  newRuns = newRunsApi({ runs, bench })
})
afterEach(() => {
  store.close()
  remove()
})

const document = (changes = {}): Record<string, unknown> => ({ ...tinyRecipe(home, changes) })

describe('a recipe that ships with Laurel', () => {
  it('is complete, except for the fields that the user must set', async () => {
    const recipes = newRuns.recipes()
    const one = (name: string) => recipes.find((recipe) => recipe.name === name)!
    expect(recipes.map(({ name, title }) => [name, title])).toEqual([
      ['demo', 'Demo'],
      ['checkable', 'Checkable'],
      ['smollm2', 'SmolLM2'],
      ['paper', 'Paper'],
    ])
    const [demo, paper] = [one('demo'), one('paper')]
    expect(demo).toMatchObject({ missing: [], suggested_model: null })
    const needsModel = { missing: ['base_model'], suggested_model: 'SmolLM2-135M-Instruct' }
    expect(one('smollm2')).toMatchObject(needsModel)
    expect(one('checkable')).toMatchObject(needsModel)
    expect((await newRuns.check(one('checkable').recipe)).map(({ key }) => key)).toEqual(['base_model'])
    expect(paper).toMatchObject({ missing: ['base_model', 'seed_data.ift', 'seed_data.ranked'], suggested_model: null })
    expect(await newRuns.check(demo.recipe)).toEqual([])
    expect((await newRuns.check(paper.recipe)).map(({ key }) => key)).toContain('base_model')
    expect(JSON.stringify(recipes)).not.toContain('SET-ME')
  })
})

describe('creating a run', () => {
  it('returns its id, and uses the given name or the recipe’s', async () => {
    const [id] = await newRuns.create(document(), { name: '' })
    expect(runs.list().map(({ name, status }) => [name, status])).toEqual([['tiny', 'created']])
    runs.rename(id, 'first')
    await newRuns.create(document(), { name: 'second' })
    expect(runs.list().map(({ name }) => name)).toEqual(['second', 'first'])
  })

  it('fails if the recipe has any problem, and creates nothing', async () => {
    await expect(newRuns.create(document({ iterations: -1 }))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'iterations: Must be at least 0.',
    })
    expect(runs.list()).toEqual([])
  })

  it('accepts pasted paths', async () => {
    const [id] = await newRuns.create(document({ base_model: ` "${join(home, 'base')}"\n` }))
    expect(runs.show(id).recipe.base_model).toBe(join(home, 'base'))
  })

  it('with several seeds makes a group of runs that differ in their seed alone', async () => {
    const ids = await newRuns.create(document({ seed: 40 }), { name: 'many', seeds: 3 })
    const made = ids.map((id) => runs.show(id))
    expect(made.map(({ name, recipe }) => [name, recipe.seed])).toEqual([
      ['many, seed 40', 40],
      ['many, seed 41', 41],
      ['many, seed 42', 42],
    ])
    expect(new Set(made.map(({ recipe }) => JSON.stringify({ ...recipe, seed: 0 }))).size).toBe(1)
    expect(made.map(({ group }) => group)).toEqual(made.map(() => ({ id: made[0].group!.id, name: 'many' })))
    for (const id of ids) await runs.remove(id)
    const [other] = await newRuns.create(document())
    expect(runs.show(other).group).toBeNull()
  })

  it('remembers the run whose recipe was changed, as long as that exists', async () => {
    const [source] = await newRuns.create(document())
    const [id] = await newRuns.create(document({ seed: 8 }), { source })
    expect(runs.show(id).source).toBe(source)
    await runs.remove(source)
    expect(runs.show(id).source).toBeNull()
    const [orphan] = await newRuns.create(document(), { source })
    expect(runs.show(orphan).source).toBeNull()
  })
})

describe('problems inside a recipe’s files', () => {
  const seeds = (changes: object) => ({
    seed_data: { ift: join(home, 'ift.jsonl'), ranked: join(home, 'ranked.jsonl'), ranked_held_out: 4, ...changes },
  })
  const keys = async (changes: object) => (await newRuns.check(document(changes))).map(({ key }) => key)

  it('unusable data is reported with its key, and prevents the run', async () => {
    const prompts = join(home, 'prompts.jsonl')
    writeFileSync(prompts, '{"prompt": "a"}\n{"prompt": "b"}\n')
    const wrong = document(seeds({ ift: prompts, eft: prompts, ranked: join(home, 'ift.jsonl') }))
    const problems = await newRuns.check(wrong)
    expect(problems.map(({ key }) => key)).toEqual(['seed_data.ift', 'seed_data.eft', 'seed_data.ranked'])
    expect(problems[0].message).toBe(
      `${prompts} contains no instruction examples (a prompt and the response to imitate); it contains 2 prompts.`,
    )
    await expect(newRuns.create(wrong)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/^seed_data\.ift: /) })
    expect(runs.list()).toEqual([])
  })

  it('an unreadable file, a prompt file without prompts, and too few prompts to hold out are reported', async () => {
    const packed = join(home, 'rows.jsonl.gz')
    writeFileSync(packed, Buffer.from([0x1f, 0x8b, 8]))
    expect(await keys(seeds({ eft: packed }))).toEqual(['seed_data.eft'])
    expect(await keys({ prompts: { method: 'file', file: packed } })).toEqual(['prompts.file'])
    expect(await keys(seeds({ ranked_held_out: 12 }))).toEqual(['seed_data.ranked_held_out'])
    expect(await keys({ evaluation: { count: 24 } })).toEqual(['evaluation.count'])
  })

  it('a base model without its tokenizer, or with missing weights, is reported', async () => {
    rmSync(join(home, 'base', 'tokenizer.json'))
    expect(await newRuns.check(document())).toMatchObject([{ key: 'base_model', message: expect.stringContaining('tokenizer.json') }])
    rmSync(join(home, 'base', 'model.safetensors'))
    const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } }
    writeFileSync(join(home, 'base', 'model.safetensors.index.json'), JSON.stringify(index))
    writeFileSync(join(home, 'base', 'model-00001-of-00002.safetensors'), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]))
    expect(await newRuns.check(document())).toMatchObject([
      { key: 'base_model', message: expect.stringContaining('model-00002-of-00002.safetensors') },
    ])
  })

  it('are reported together with an invalid number', async () =>
    expect(await keys({ iterations: -1, ...seeds({ ranked: join(home, 'ift.jsonl') }) })).toEqual(['iterations', 'seed_data.ranked']))
})

describe('a recipe file', () => {
  it('is read with its defaults filled in and its paths absolute', () => {
    const path = join(home, 'mine.json')
    writeFileSync(path, JSON.stringify({ name: 'mine', base_model: 'base', seed_data: { ift: 'ift.jsonl' } }))
    expect(newRuns.read(path)).toMatchObject({ base_model: join(home, 'base'), candidates: { count: 4 } })
  })

  it('with an invalid value is read unchanged, for the user to fix', async () => {
    const path = join(home, 'mine.json')
    writeFileSync(path, JSON.stringify({ name: 'mine', base_model: 'base', iterations: -2 }))
    expect((await newRuns.check(newRuns.read(path))).map(({ key }) => key)).toContain('iterations')
  })

  it('that is not a recipe is rejected', () => {
    expect(() => newRuns.read(join(home, 'ift.jsonl'))).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})

describe('a seed data file', () => {
  it('is described by its contents', async () => {
    expect(await newRuns.seedFile(join(home, 'ift.jsonl'))).toMatchObject({ format: 'alpaca', instructions: 24, ranked: 0, rejected: 0 })
    expect(await newRuns.seedFile(join(home, 'ranked.jsonl'))).toMatchObject({ format: 'ranked-answers', ranked: 12, ranked_answers: 36 })
  })

  it('is read again after it has changed', async () => {
    const path = join(home, 'more.jsonl')
    writeFileSync(path, '{"instruction": "One", "output": "1"}\n')
    expect(await newRuns.seedFile(path)).toMatchObject({ instructions: 1 })
    writeFileSync(path, '{"instruction": "One", "output": "1"}\n{"instruction": "Two", "output": "2"}\nnonsense\n')
    expect(await newRuns.seedFile(path)).toMatchObject({ instructions: 2, rejected: 1, first_rejected: expect.stringContaining('line 3') })
  })
})

describe('an estimate', () => {
  it('shows memory by part, time by stage, and its basis; the machine is measured once, in three rounds', async () => {
    const estimate = await newRuns.estimate(document())
    expect(estimate.basis).toMatchObject({ precision: 'float32', gflops: 200, backend: 'cpu' })
    const { total, ...parts } = estimate.memory.training
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes)).toBeCloseTo(total)
    expect(estimate.seconds).toBeCloseTo(estimate.stages.reduce((sum, { seconds }) => sum + seconds, 0))
    expect(estimate.memory.free).toBeGreaterThan(1e6)
    const larger = await newRuns.estimate(document({ prompts: { count: 600 } }))
    expect(larger.seconds).toBeGreaterThan(estimate.seconds)
    expect(measurements).toBe(3)
  })

  it('counts existing SFT rows, not the configured maximum', async () => {
    const train = async (changes: object): Promise<number> =>
      (await newRuns.estimate(document(changes))).stages.find(({ stage }) => stage === 'train')!.seconds
    const few = await train({ seed_data: { ift: join(home, 'ift.jsonl'), ift_limit: 4 } })
    const all = await train({ seed_data: { ift: join(home, 'ift.jsonl') } })
    const atMost = await train({ seed_data: { ift: join(home, 'ift.jsonl'), ift_limit: 24 } })
    expect(few).toBeLessThan(all)
    expect(atMost).toBe(all)
  })

  it('fails if the base model does not exist', async () => {
    await expect(newRuns.estimate(document({ base_model: join(home, 'nowhere') }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
