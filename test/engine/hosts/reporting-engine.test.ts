import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type RequestUsage, reportingEngine } from '../../../main/engine/hosts/reporting-engine.ts'
import type { TrainItem, TrainParams } from '../../../main/shared/engine-protocol.ts'
import { standInEngine } from '../../support/stand-in-engine.ts'
import { tinyHome } from '../../support/tiny-run.ts'

const sampling = { greedy: false, temperature: 1, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] }
let home: string
let remove: () => void
let usage: RequestUsage[]
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  usage = []
})
afterEach(() => remove())

const engine = (stopsAt?: () => void) => reportingEngine(standInEngine({ onItem: stopsAt }), (used) => void usage.push(used))
const rows = [
  { input: { prompt: 'one' }, seeds: [1, 2] },
  { input: { prompt: 'two' }, seeds: [3, 4] },
]

it('reports the tokens of a request once: those of a prompt one time for all of its samples', async () => {
  const items = await Array.fromAsync(engine().generate({ model: join(home, 'base'), rows, sampling, batch: 4 }))
  const written = items.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0)
  const read = items.reduce((sum, { sample, promptTokens }) => sum + (sample === 0 ? promptTokens : 0), 0)
  expect(written).toBeGreaterThan(0)
  expect(usage).toEqual([{ requests: 1, retries: 0, promptTokens: read, newTokens: written, sentBytes: 0, receivedBytes: 0 }])
})

it('reports nothing of a request that was stopped, which is asked for again as a whole', async () => {
  const stop = new AbortController()
  const items = engine(() => stop.abort()).generate({ model: join(home, 'base'), rows, sampling, batch: 4 }, { signal: stop.signal })
  await expect(Array.fromAsync(items)).rejects.toMatchObject({ code: 'STOPPED' })
  expect(usage).toEqual([])
})

it('reports a training with the tokens of all of its steps', async () => {
  const trained: TrainItem[] = [
    { kind: 'started', steps: 2, resumedFrom: 0, truncatedRows: 0 },
    { kind: 'step', step: 1, metrics: { loss: 1, num_tokens: 40 } },
    { kind: 'step', step: 2, metrics: { loss: 0.9, num_tokens: 90 } },
  ]
  const training = reportingEngine({ ...standInEngine(), train: () => all(trained) }, (used) => void usage.push(used))
  expect(await Array.fromAsync(training.train({} as TrainParams))).toEqual(trained)
  expect(usage).toMatchObject([{ requests: 1, promptTokens: 90, newTokens: 0 }])
})

async function* all<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}
