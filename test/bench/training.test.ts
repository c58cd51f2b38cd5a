import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parametersOf, randomIds, randomModels, vocabulary, writeRandomModel } from '../../bench/growth/random-model.ts'
import { parseOptions } from '../../bench/harness/options.ts'
import { readPairs, timeTraining } from '../../bench/harness/training.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { openModel } from '../../main/engine/model/load-model.ts'
import type { TrainItem, TrainParams } from '../../main/shared/engine-protocol.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pairs = Array.from({ length: 6 }, (_, i) => ({ prompt: `p${i}`, chosen: `c${i}`, rejected: `r${i}` }))
const file = join(folder, 'pairs.json')
writeFileSync(file, JSON.stringify(pairs))
const options = parseOptions(['--pairs', file], {}, {})

test('the warm-up step and the measured steps use the first pairs, in order', () => {
  expect(readPairs(options, { steps: 2, batch: 2 })).toEqual(pairs)
  expect(readPairs(options, { steps: 1, batch: 2 })).toEqual(pairs.slice(0, 4))
})

test('too few pairs are an error', () => {
  expect(() => readPairs(options, { steps: 3, batch: 2 })).toThrow(/6 pairs.*take 8/)
})

/** Items as an engine would report them, and the request it received. */
function fakeEngine(tokens: readonly number[]) {
  const requests: TrainParams[] = []
  async function* train(params: TrainParams): AsyncGenerator<TrainItem> {
    requests.push(params)
    yield { kind: 'loaded', seconds: 1 }
    yield { kind: 'reference', row: 0, chosen: -1, rejected: -2 }
    yield { kind: 'started', steps: tokens.length, resumedFrom: 0, truncatedRows: 0 }
    for (const [i, num_tokens] of tokens.entries()) yield { kind: 'step', step: i + 1, metrics: { num_tokens } }
  }
  return { engine: { train } as unknown as Engine, requests }
}

test('the first step is a warm-up, and the share of the others is measured in tokens', async () => {
  const told: string[] = []
  const { engine, requests } = fakeEngine([100, 250, 400])
  const work = { task: 'dpo', model: 'm', rows: pairs, batch: 2, precision: 'bfloat16' } as const
  const { stepSeconds, measuredShare } = await timeTraining(
    engine,
    work,
    () => told.push('warm'),
    () => told.push('done'),
  )
  expect(stepSeconds).toHaveLength(2)
  expect(measuredShare).toBe(0.75)
  expect(told).toEqual(['warm', 'done'])
  expect(requests[0].config).toMatchObject({
    batch_size: 2,
    shuffle: false,
    precision: 'bfloat16',
    learning_rate: 1e-6,
    beta: 0.1,
    save_steps: 0,
  })
})

test('random models range from 2 to 360 million parameters', () => {
  const sizes = randomModels.map(parametersOf)
  expect(Math.round(sizes[0] / 1e6)).toBe(2)
  expect(Math.round(sizes.at(-1)! / 1e7)).toBe(36)
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
})

test('a random model can be opened and has the calculated number of parameters', async () => {
  const model = join(folder, 'model')
  writeRandomModel(model, randomModels[0])
  const { config, weights } = await openModel(model)
  const parameters = weights.names.reduce((sum, name) => sum + weights.shape(name).reduce((product, n) => product * n, 1), 0)
  weights.close()
  expect(config).toMatchObject({ hidden: 128, layers: 6, vocabulary, headDim: 64, heads: 2 })
  expect(parameters).toBe(parametersOf(randomModels[0]))
})

test('random IDs are in the vocabulary, not special, and reproducible', () => {
  const ids = randomIds(1000, 3)
  expect(Math.min(...ids)).toBeGreaterThanOrEqual(3)
  expect(Math.max(...ids)).toBeLessThan(vocabulary)
  expect(randomIds(1000, 3)).toEqual(ids)
})
