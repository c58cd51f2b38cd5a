import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { loadModel } from '../../../main/engine/model/load-model.ts'
import { encodeDpo } from '../../../main/engine/training/encoded-rows.ts'
import { referencesOf } from '../../../main/engine/training/references.ts'
import { train } from '../../../main/engine/training/train.ts'
import type { DpoRow, SftRow, TrainItem, TrainParams } from '../../../main/shared/engine-protocol.ts'
import { type TrainConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { usePlainBackend } from '../../support/native.ts'
import { randomWeights, tinyConfig, tinyConfigJson } from './tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-rows-'))
const model = join(folder, 'M0')

beforeAll(async () => {
  await usePlainBackend()
  saveTinyModel(model)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ids = (...inputIds: number[]) => ({ inputIds })
const base = { learning_rate: 1e-2, batch_size: 1, shuffle: false, lr_scheduler: 'constant' } as const

describe('rows without a training signal', () => {
  const rows: SftRow[] = [
    { prompt: ids(1, 2, 3), completion: ids(4, 5), weights: [1, 1] },
    { prompt: ids(8, 9), completion: ids(9, 10, 11), weights: [0, 0, 0] },
    { prompt: ids(11, 12), completion: ids(13, 14), weights: [1, 0] },
  ]

  test('alone in a batch change nothing: the step is skipped and the row is named', async () => {
    const { steps, started } = await run(params('sft', rows, base, 'alone'))
    expect(steps.map(({ step }) => step)).toEqual([1, 3])
    expect(started).toMatchObject({ steps: 3, leftOut: [{ row: 1, leftOut: 'none of its tokens has a loss weight' }] })
    for (const { metrics } of steps) for (const value of Object.values(metrics)) expect(value).not.toBeNaN()
  })

  test('in a batch with others: the loss is the weighted mean over the remaining tokens', async () => {
    const still = { ...base, learning_rate: 0, batch_size: 3 }
    const { steps } = await run(params('sft', rows, still, 'together'))
    const apart = await run(params('sft', rows, { ...still, batch_size: 1 }, 'apart'))
    const [first, third] = apart.steps.map(({ metrics }) => metrics.loss)
    expect(steps).toHaveLength(1)
    expect(steps[0].metrics.loss).toBeCloseTo((2 * first + third) / 3, 5)
  })

  test('at the end of a training: it ends with the last step that has a training signal', async () => {
    const { steps, started } = await run(params('sft', [rows[0], rows[1]], base, 'at-the-end'))
    expect(started?.steps).toBe(1)
    expect(steps.map(({ step }) => step)).toEqual([1])
  })

  test('are rejected if there are no others', async () => {
    await expect(run(params('sft', [rows[1], rows[1]], base, 'none'))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/no token of any row has a loss weight/),
    })
  })

  test('if only prompts have a loss, it is computed without dividing by zero', async () => {
    const only: SftRow[] = [{ ...rows[1], promptWeight: 1 }]
    const { steps } = await run(params('sft', only, base, 'prompt-only'))
    expect(steps[0].metrics.loss).toBeGreaterThan(0)
    for (const value of Object.values(steps[0].metrics)) expect(value).not.toBeNaN()
  })
})

describe('rows that cannot be read', () => {
  const rows: SftRow[] = [
    { prompt: ids(1, 2), completion: ids(3, 4) },
    { prompt: ids(1, 9999), completion: ids(3, 4) },
    { prompt: ids(5, 6), completion: ids(7, 8), weights: [1] },
  ]

  test('are rejected by name, or skipped by name on request', async () => {
    await expect(run(params('sft', rows, base, 'refused'))).rejects.toMatchObject({ code: 'BAD_INPUT', row: 1 })
    const { steps, started } = await run({ ...params('sft', rows, base, 'left'), leaveOut: true })
    expect(steps).toHaveLength(1)
    expect(started?.leftOut?.map(({ row }) => row)).toEqual([1, 2])
  })
})

describe('pairs that a loss is not defined for', () => {
  const pair: DpoRow = { prompt: ids(1, 2), chosen: ids(3, 4), rejected: ids(5) }
  const pairs = [pair, { ...pair, weight: 0.5, consistency: 0.9 }]

  test('are rejected by row: with a consistency below 1, only losses of an order can be computed', async () => {
    const refused = run(params('dpo', pairs, { ...base, loss_type: ['sft', 'apo_zero'] }, 'irreversible'))
    await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', row: 1, message: expect.stringContaining('apo_zero') })
    const { steps } = await run(params('dpo', pairs, { ...base, loss_type: ['sft', 'hinge'] }, 'reversible'))
    expect(steps.length).toBeGreaterThan(0)
  })

  test('are rejected by setting, before anything is computed', async () => {
    const refused = run(params('dpo', [pair], { ...base, loss_type: 'exo_pair' }, 'no-smoothing'))
    await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('label_smoothing') })
  })
})

describe("the reference model's pass over the pairs", () => {
  /** Enough pairs for several chunks. */
  const pairs: DpoRow[] = Array.from({ length: 12 }, (_, i) => ({
    prompt: ids(...Array.from({ length: 20 }, (_, t) => 1 + ((i * 7 + t * 3) % 25))),
    chosen: ids(...Array.from({ length: 10 }, (_, t) => 1 + ((i + t) % 25))),
    rejected: ids(...Array.from({ length: 10 }, (_, t) => 1 + ((i * 5 + t) % 25))),
  }))
  const config = { ...base, batch_size: 12 }
  const toStart = { until: 'started' } as const // all references exist by then
  const fileOf = ({ checkpoints }: TrainParams): string => join(checkpoints, 'references.jsonl')
  const linesOf = (asked: TrainParams): string[] => readFileSync(fileOf(asked), 'utf8').trim().split('\n')

  test('reports progress, is stored chunk by chunk, and resumes where it was stopped', async () => {
    const { decoder, files, dispose } = await loadModel(model, 'float32', 'full')
    const { examples } = encodeDpo(files, pairs, { maxLength: 64 })
    async function pass(name: string, endsAfter = Number.POSITIVE_INFINITY) {
      const done: number[] = []
      const checkpoints = join(folder, name)
      const items = referencesOf(
        decoder,
        { examples, rows: [...examples.keys()], model: 'M' },
        { checkpoints, budget: 100, isOver: () => done.length >= endsAfter },
      )
      for (;;) {
        const next = await items.next()
        if (next.done) return { done, references: next.value }
        if (next.value.kind === 'reference-progress') done.push(next.value.done)
      }
    }
    const file = (name: string): string => join(folder, name, 'references.jsonl')
    const straight = await pass('whole-pass')
    expect(straight.done.length).toBeGreaterThan(2)
    expect(straight.done.at(-1)).toBe(pairs.length)

    await expect(pass('stopped-pass', 2)).rejects.toMatchObject({ code: 'STOPPED' })
    expect(readFileSync(file('stopped-pass'), 'utf8').trim().split('\n')).toHaveLength(1 + straight.done[1])
    writeFileSync(file('stopped-pass'), '{"chosen": -1', { flag: 'a' }) // a line cut off by a kill
    expect(await pass('stopped-pass')).toEqual({ done: straight.done.slice(2), references: straight.references })
    expect(readFileSync(file('stopped-pass'))).toEqual(readFileSync(file('whole-pass')))
    dispose()
  })

  test.each([
    ['a null', (lines: string[]) => lines.map((line, i) => (i === 3 ? '{"chosen":null,"rejected":-2}' : line))],
    ['no JSON', (lines: string[]) => lines.map((line, i) => (i === 3 ? 'x' : line))],
    ['other pairs', (lines: string[]) => ['{"of":"other pairs"}', ...lines.slice(1)]],
    ['nothing', () => []],
  ])('that was stored as %s is recomputed', async (_, damage) => {
    const few = pairs.slice(0, 6)
    const sound = await run(params('dpo', few, config, `sound-${_}`), toStart)
    const asked = params('dpo', few, config, `damaged-${_}`)
    await expect(run(asked, { stopAt: 'reference-progress' })).rejects.toMatchObject({ code: 'STOPPED' })
    writeFileSync(
      fileOf(asked),
      damage(linesOf(asked))
        .map((line) => `${line}\n`)
        .join(''),
    )
    expect((await run(asked, toStart)).references).toEqual(sound.references)
  })

  test('is not reused for other pairs of the same number, nor for another model', async () => {
    const [few, others] = [pairs.slice(0, 6), pairs.slice(6, 12)]
    const asked = params('dpo', few, config, 'bound')
    await expect(run(asked, { stopAt: 'reference-progress' })).rejects.toMatchObject({ code: 'STOPPED' })
    const other = await run({ ...asked, rows: others }, toStart)
    expect(other.references).toEqual((await run(params('dpo', others, config, 'bound-fresh'), toStart)).references)

    const elsewhere = join(folder, 'M0-other')
    saveTinyModel(elsewhere, 2)
    const again = params('dpo', few, config, 'bound-model')
    await expect(run(again, { stopAt: 'reference-progress' })).rejects.toMatchObject({ code: 'STOPPED' })
    const moved = await run({ ...again, model: elsewhere }, toStart)
    expect(moved.references).toEqual(
      (await run({ ...params('dpo', few, config, 'bound-model-fresh'), model: elsewhere }, toStart)).references,
    )
  })

  test('of a model that gives NaN fails with NUMERIC, each time, and stores none of it', async () => {
    const broken = join(folder, 'M0-broken')
    saveTinyModel(broken, 1, Number.NaN)
    const asked = { ...params('dpo', pairs.slice(0, 6), config, 'broken'), model: broken }
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(run(asked)).rejects.toMatchObject({ code: 'NUMERIC', message: expect.stringMatching(/pair 1/) })
    expect(linesOf(asked)).toHaveLength(1)
  })
})

function params(task: TrainParams['task'], rows: readonly (SftRow | DpoRow)[], config: Partial<TrainConfig>, name: string): TrainParams {
  const checkpoints = join(folder, `${name}.checkpoints`)
  if (!existsSync(checkpoints)) mkdirSync(checkpoints)
  return { task, model, rows: [...rows], config: trainConfig.parse(config), out: join(folder, name), checkpoints }
}

async function run(asked: TrainParams, { stopAt, until }: { stopAt?: TrainItem['kind']; until?: TrainItem['kind'] } = {}) {
  const stop = new AbortController()
  const items: TrainItem[] = []
  for await (const item of train(asked, { signal: stop.signal })) {
    items.push(item)
    if (item.kind === stopAt) stop.abort()
    if (item.kind === until) break
  }
  return {
    items,
    started: items.find((item) => item.kind === 'started'),
    steps: items.filter((item) => item.kind === 'step'),
    references: items.filter((item) => item.kind === 'reference'),
  }
}

function saveTinyModel(path: string, seed = 1, first?: number): void {
  const weights = randomWeights(tinyConfig(), seed)
  const tensors = weights.names.map((name) => ({ name, shape: weights.shape(name), data: weights.read(name) }))
  if (first !== undefined) for (const { data } of tensors) (data as Float32Array)[0] = first
  saveModel(path, { configJson: tinyConfigJson, tokenizerFiles: new Map(), tensors, dtype: 'F32' })
}
