import type * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { functionsKept, setReplayMode, withoutReplay } from '../../../main/engine/backends/functions/replay.ts'
import { type Operand, widen } from '../../../main/engine/backends/operand.ts'
import { computePieces } from '../../../main/engine/inference/decode.ts'
import { generate } from '../../../main/engine/inference/generate.ts'
import { BlockPool, KvCache } from '../../../main/engine/inference/kv-cache.ts'
import { completeNext, type Piece, radixCache } from '../../../main/engine/inference/radix-cache.ts'
import { createDecoder, type Decoder, disposeDecoder } from '../../../main/engine/model/decoder.ts'
import { loadWeights } from '../../../main/engine/model/weights.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { useNativeBackend } from '../../support/native.ts'
import { functionLibrary, needing } from '../../support/needs.ts'
import { expectNoLeak, precisions } from '../kernels/comparison.ts'
import { distance, randomWeights, tinyConfig } from './tiny-model.ts'

process.env.LAUREL_KERNELS = 'none' // a GPU has only the plain formulas

const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => (7 * from + 3 * i) % 29)
const models = {
  'a Llama': {},
  'a Mistral with a sliding window': { model_type: 'mistral', sliding_window: 9 },
  'a Qwen2, with biases': { model_type: 'qwen2' },
  'a Qwen3, with norms of heads': { model_type: 'qwen3', head_dim: 6 },
  'a Gemma 3, with local layers and four norms': {
    ...{ model_type: 'gemma3_text', head_dim: 6, query_pre_attn_scalar: 8 },
    ...{ sliding_window: 9, sliding_window_pattern: 2 },
  },
}

needing(functionLibrary).describe('replayed decoding', () => {
  beforeAll(useNativeBackend)
  beforeEach(() => setReplayMode('function'))

  describe.each(precisions)('in %s', (precision) => {
    test.each(Object.entries(models))('has the bits of its operations one by one: %s', (_, model) => {
      const decoder = decoderOf(model, precision)
      expectNoLeak(() => {
        const expected = withoutReplay(() => statesOf(decoder))
        expect(functionsKept()).toBe(0)
        const replayed = statesOf(decoder)
        expect(functionsKept()).toBeGreaterThan(0)
        expect(replayed.map((state) => [...state.dataSync()])).toEqual(expected.map((state) => [...state.dataSync()]))
        setReplayMode('none')
        const unpadded = statesOf(decoder)
        for (const [i, state] of unpadded.entries())
          expect(distance(state, replayed[i])).toBeLessThan(precision === 'bfloat16' ? 0.1 : 2e-5)
      })
      disposeDecoder(decoder)
    })
  })

  test('generates the same tokens, with prompts that start while others run', async () => {
    const decoder = decoderOf({}, 'float32')
    const sampling = { greedy: false, temperature: 1, topP: 0.9, topK: 0, maxNewTokens: 40, minNewTokens: 3, stop: [] }
    const rows = [
      { promptIds: tokens(1, 30), seeds: [1, 2] },
      { promptIds: [...tokens(1, 30), 5, 6], seeds: [3] },
      { promptIds: [4], seeds: [4, 5] },
    ]
    const run = async (): Promise<Map<string, number[]>> => {
      const texts = new Map<string, number[]>()
      for await (const { row, sample, tokenIds } of generate({ decoder }, rows, { sampling, batch: 3, passTokens: 16, stopTokens: [0] })) {
        texts.set(`${row} ${sample}`, tokenIds)
      }
      return texts
    }
    const replayed = await run()
    setReplayMode('none')
    expect(await run()).toEqual(replayed)
    disposeDecoder(decoder)
  })
})

const decoderOf = (model: object, precision: Precision): Decoder => {
  const config = tinyConfig({ ...model })
  return createDecoder(config, loadWeights(config, randomWeights(config, 1), { precision, train: 'none' }), precision)
}

/** States of a pass over several prompts, and of steps by one token each, while the cache grows. */
function statesOf(decoder: Decoder): tf.Tensor[] {
  const pool = new BlockPool()
  const prompts = [tokens(1, 40), [...tokens(1, 33), 7, 8], tokens(2, 3)]
  const { ends } = radixCache(prompts, pool)
  for (const end of ends) end.use()
  const cache = new KvCache(decoder, 0)
  const pass = (pieces: readonly Piece[]): tf.Tensor => {
    cache.hold(pool.slots)
    const states: Operand = computePieces(decoder, cache, pieces)
    const wide = widen(states)
    if (wide !== states.tensor) states.tensor.dispose()
    return wide
  }
  const { pieces } = completeNext([...ends].reverse(), (end) => end, 1000)
  const states = [pass(pieces)]
  for (let step = 0; step < 40; step++) {
    for (const [i, { tokens }] of ends.entries()) tokens.push((5 * step + i) % 29)
    states.push(pass(ends.map((end) => end.nextPiece(1))))
  }
  cache.dispose()
  return states
}
