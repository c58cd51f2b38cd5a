import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type GenerateRow, generate } from '../../../main/engine/process/generate/generate.ts'
import { score } from '../../../main/engine/process/generate/score.ts'
import { createDecoder, type Decoder } from '../../../main/engine/process/model/decoder.ts'
import { loadWeights } from '../../../main/engine/process/model/weights.ts'
import type { Sampling } from '../../../main/engine/protocol.ts'
import type { Precision } from '../../../main/engine/train-config.ts'
import { hasNative, useNativeBackend, usePlainBackend } from '../../support/native.ts'
import { randomWeights, tinyConfig } from './tiny-model.ts'

const rubric = Array.from({ length: 70 }, (_, i) => (5 * i + 2) % 29)
const rows: GenerateRow[] = [
  { promptIds: [...rubric, 1, 2, 3], seeds: [1, 2] },
  { promptIds: [4], seeds: [4] },
  { promptIds: [...rubric, 5], seeds: [5, 6] },
  { promptIds: [...rubric, 1, 2, 3], seeds: [7] },
]
const sampled = { greedy: false, temperature: 0.9, topP: 0.9, topK: 0, maxNewTokens: 34, minNewTokens: 0, stop: [] }
const samplings: Record<string, Sampling> = {
  greedy: { ...sampled, greedy: true },
  'drawn from the nucleus': sampled,
  'stop tokens late': { ...sampled, minNewTokens: 20 },
}
const configs = {
  llama: tinyConfig(),
  'a sliding window': tinyConfig({ model_type: 'mistral', sliding_window: 40 }),
  'biases (Qwen2)': tinyConfig({ model_type: 'qwen2' }),
  'normed heads (Qwen3)': tinyConfig({ model_type: 'qwen3', head_dim: 6 }),
  'a large vocabulary': tinyConfig({ vocab_size: 4200 }),
}

describe.skipIf(!hasNative)('on the native kernels', () => {
  beforeAll(useNativeBackend)

  describe.each(Object.entries(configs))('%s', (_name, config) => {
    const decoderIn = (precision: Precision): Decoder =>
      createDecoder(config, loadWeights(config, randomWeights(config, 1), { precision, train: 'none' }), precision)

    test.each(Object.entries(samplings))('%s: the tokens are those of the plain formulas, one sequence at a time', async (_, sampling) => {
      const decoder = decoderIn('float32')
      const together = await tokensOf(decoder, rows, sampling, 64)
      expect(await tokensOf(decoder, rows, sampling, 2, 9)).toEqual(together)
      await usePlainBackend()
      try {
        const plain = decoderIn('float32')
        expect(await tokensOf(plain, rows, sampling, 1)).toEqual(together)
      } finally {
        await tf.setBackend('tensorflow')
      }
    })

    test('nothing is left behind in bfloat16, and scores are near those of float32', async () => {
      const [exact, rounded] = [decoderIn('float32'), decoderIn('bfloat16')]
      const before = tf.memory().numTensors
      const tokens = await tokensOf(rounded, rows, samplings['stop tokens late'], 3)
      for (const ids of tokens) expect(ids.length).toBeGreaterThanOrEqual(20)
      const expected = await logprobsOf(exact)
      for (const [i, logprob] of (await logprobsOf(rounded)).entries()) expect(Math.abs(logprob - expected[i])).toBeLessThan(0.2)
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})

async function tokensOf(
  decoder: Decoder,
  prompts: GenerateRow[],
  sampling: Sampling,
  batch: number,
  passTokens = 2048,
): Promise<number[][]> {
  const found: { row: number; sample: number; tokenIds: number[] }[] = []
  for await (const item of generate({ decoder }, prompts, { sampling, batch, passTokens, stopTokens: [0, 11] })) found.push(item)
  return found.sort((a, b) => a.row - b.row || a.sample - b.sample).map(({ tokenIds }) => tokenIds)
}

async function logprobsOf(decoder: Decoder): Promise<number[]> {
  const texts = rows.map(({ promptIds }) => ({ ids: promptIds }))
  const logprobs: number[][] = []
  for await (const { row, tokenLogprobs } of score({ decoder }, texts, { top: 2, passTokens: 50 })) logprobs[row] = tokenLogprobs
  return logprobs.flat()
}
