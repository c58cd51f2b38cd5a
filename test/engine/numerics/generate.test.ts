import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Generated, type GenerateRow, generate } from '../../../main/engine/inference/generate.ts'
import { score } from '../../../main/engine/inference/score.ts'
import type { Decoder } from '../../../main/engine/model/decoder.ts'
import type { LoadedModel } from '../../../main/engine/model/load-model.ts'
import type { Sampling } from '../../../main/shared/engine-protocol.ts'
import { usePlainBackend } from '../../support/native.ts'
import { tinyConfig, tinyDecoder } from './tiny-model.ts'

beforeAll(usePlainBackend)

const base: Sampling = { greedy: false, temperature: 0.9, topP: 0.95, topK: 0, maxNewTokens: 40, minNewTokens: 0, stop: [] }
const rows: GenerateRow[] = [
  { promptIds: [1, 5, 9], seeds: [11, 12, 13] },
  { promptIds: [2, 3, 4, 5, 6, 7, 8], seeds: [21] },
  { promptIds: [8], seeds: [31, 32] },
]

describe('generation', () => {
  test("a sequence's tokens depend only on its prompt and seed, not on the batch", async () => {
    const model = asModel(tinyDecoder())
    const together = await all(model, rows, { batch: 64 })
    const smallBatches = await all(model, rows, { batch: 2 })
    expect(smallBatches).toEqual(together)
    for (const { row, sample, tokenIds } of together) {
      const alone = await all(model, [{ promptIds: rows[row].promptIds, seeds: [rows[row].seeds[sample]] }], { batch: 1 })
      expect(alone[0].tokenIds).toEqual(tokenIds)
    }
  })

  test('greedy tokens are the most likely ones of a full recomputation, across several cache blocks', async () => {
    const model = asModel(tinyDecoder())
    const [{ tokenIds }] = await all(model, [{ promptIds: [1, 5, 9], seeds: [1] }], {
      sampling: { greedy: true, maxNewTokens: 50 },
      stopTokens: [],
    })
    expect(tokenIds).toEqual(await greedyByScoring(model, [1, 5, 9], 50))
  })

  test('the same with a sliding window shorter than a cache block', async () => {
    const model = asModel(tinyDecoder(tinyConfig({ model_type: 'mistral', sliding_window: 5 })))
    const [{ tokenIds }] = await all(model, [{ promptIds: [1, 5, 9], seeds: [1] }], {
      sampling: { greedy: true, maxNewTokens: 50 },
      stopTokens: [],
    })
    expect(tokenIds).toEqual(await greedyByScoring(model, [1, 5, 9], 50))
  })

  test('a stop token ends a sequence and is part of its ids; otherwise the limit ends it', async () => {
    const generated = await all(asModel(tinyDecoder()), rows, { stopTokens: [0, 1, 2, 3] })
    for (const { tokenIds, finishReason } of generated) {
      const stops = tokenIds.map((id) => id <= 3)
      if (finishReason === 'stop') expect(stops.indexOf(true)).toBe(tokenIds.length - 1)
      else expect([tokenIds.length, stops.includes(true)]).toEqual([40, false])
    }
    expect(new Set(generated.map(({ finishReason }) => finishReason))).toContain('stop')
  })

  test('no stop token is drawn before min_new_tokens, even in sequences that start late', async () => {
    const stopTokens = Array.from({ length: 20 }, (_, id) => id)
    const generated = await all(asModel(tinyDecoder()), rows, { sampling: { minNewTokens: 7 }, stopTokens, batch: 2 })
    for (const { tokenIds } of generated) expect(tokenIds.length).toBeGreaterThanOrEqual(8)
  })

  test('no tensor outlives a generation, even a stopped one', async () => {
    const model = asModel(tinyDecoder())
    const before = tf.memory().numTensors
    await all(model, rows, {})
    expect(tf.memory().numTensors).toBe(before)
    const controller = new AbortController()
    const abort = () => {
      controller.abort()
      return false
    }
    const stopped = all(model, rows, { signal: controller.signal, isFinished: abort })
    await expect(stopped).rejects.toMatchObject({ code: 'STOPPED' })
    expect(tf.memory().numTensors).toBe(before)
    for await (const _ of generate(model, rows, { sampling: base, batch: 2, stopTokens: [0] })) break // a consumer that stops early
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('scoring', () => {
  test('log-probabilities do not depend on what else is scored', async () => {
    const model = asModel(tinyDecoder())
    const texts = [
      [1, 2, 3, 4, 5],
      [7, 8],
      [9, 10, 11],
    ]
    const together = await scored(model, texts)
    for (const [i, ids] of texts.entries()) {
      const [alone] = await scored(model, [ids])
      expect(Math.max(...alone.tokenLogprobs.map((x, t) => Math.abs(x - together[i].tokenLogprobs[t])))).toBeLessThan(1e-5)
    }
  })

  test('choices are scored at the position they would occupy', async () => {
    const model = asModel(tinyDecoder())
    const ids = [1, 2, 3, 4, 5]
    const [{ tokenLogprobs }] = await scored(model, [ids])
    const results = []
    const rows = [{ ids: [4, 4] }, { ids, at: { positions: [2, 5], choices: [3, 6] } }]
    for await (const result of score(model, rows, { top: 29, choicesOnly: true })) results.push(result)
    const { topIds, topLogprobs, choiceLogprobs } = results[1]
    expect(choiceLogprobs?.[0][0]).toBeCloseTo(tokenLogprobs[1], 5) // token 3 at position 2
    expect(choiceLogprobs?.[1][1]).toBeCloseTo(topLogprobs[topIds.indexOf(6)], 5) // after the last token
  })
})

interface Options {
  readonly sampling?: Partial<Sampling>
  readonly batch?: number
  readonly stopTokens?: number[]
  readonly signal?: AbortSignal
  readonly isFinished?: () => boolean
}

async function all(model: LoadedModel, prompts: GenerateRow[], options: Options): Promise<Generated[]> {
  const generated: Generated[] = []
  const settings = { batch: 64, stopTokens: [0], ...options, sampling: { ...base, ...options.sampling } }
  for await (const item of generate(model, prompts, settings)) generated.push(item)
  return generated.sort((a, b) => a.row - b.row || a.sample - b.sample)
}

async function scored(model: LoadedModel, texts: number[][]) {
  const results = []
  for await (const result of score(
    model,
    texts.map((ids) => ({ ids })),
    { top: 3 },
  ))
    results.push(result)
  return results.sort((a, b) => a.row - b.row)
}

async function greedyByScoring(model: LoadedModel, prompt: number[], count: number): Promise<number[]> {
  const ids = [...prompt]
  while (ids.length < prompt.length + count) {
    const [{ topIds }] = await scored(model, [ids])
    ids.push(topIds[0])
  }
  return ids.slice(prompt.length)
}

const asModel = (decoder: Decoder): LoadedModel => ({ decoder, parameters: 0, files: undefined as never, dispose() {} })
