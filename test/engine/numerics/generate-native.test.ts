import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { generators } from '../../../main/common/random.ts'
import { type GenerateRow, generate } from '../../../main/engine/inference/generate.ts'
import { score } from '../../../main/engine/inference/score.ts'
import type { ModelConfig } from '../../../main/engine/model/config.ts'
import { createDecoder, type Decoder } from '../../../main/engine/model/decoder.ts'
import { loadWeights } from '../../../main/engine/model/weights.ts'
import type { Sampling } from '../../../main/shared/engine-protocol.ts'
import type { Precision } from '../../../main/shared/train-config.ts'
import { useNativeBackend, usePlainBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { isDrawn } from './near-tie.ts'
import { randomWeights, tinyConfig } from './tiny-model.ts'

const rubric = Array.from({ length: 70 }, (_, i) => (5 * i + 2) % 29)
const rows: GenerateRow[] = [
  { promptIds: [...rubric, 1, 2, 3], seeds: [1, 2] },
  { promptIds: [4], seeds: [4] },
  { promptIds: [...rubric, 5], seeds: [5, 6] },
  { promptIds: [...rubric, 1, 2, 3], seeds: [7] },
]
const stopTokens = [0, 11]
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

needing(nativeLibrary).describe('on the native kernels', () => {
  beforeAll(useNativeBackend)

  describe.each(Object.entries(configs))('%s', (_name, config) => {
    test.each(Object.entries(samplings))(
      '%s: each token follows from its own text and seed, whatever shares the batch',
      async (_, sampling) => {
        const decoder = decoderOf(config, 'float32')
        const ways = [await sequencesOf(decoder, sampling, 64), await sequencesOf(decoder, sampling, 2, 9)]
        await onPlainBackend(async () => {
          const plain = decoderOf(config, 'float32')
          for (const sequences of ways) expect(await strayTokens(plain, sequences, sampling)).toEqual([])
        })
      },
    )

    test.each(['float32', 'bfloat16'] as const)('in %s the same batch always gives the same tokens', async (precision) => {
      const first = await sequencesOf(decoderOf(config, precision), sampled, 4, 50)
      expect(await sequencesOf(decoderOf(config, precision), sampled, 4, 50)).toEqual(first)
    })

    test('leaks nothing in bfloat16, and scores are close to float32', async () => {
      const [exact, rounded] = [decoderOf(config, 'float32'), decoderOf(config, 'bfloat16')]
      const before = tf.memory().numTensors
      const sequences = await sequencesOf(rounded, samplings['stop tokens late'], 3)
      for (const { tokenIds } of sequences) expect(tokenIds.length).toBeGreaterThanOrEqual(20)
      const expected = await logprobsOf(exact)
      for (const [i, logprob] of (await logprobsOf(rounded)).entries()) expect(Math.abs(logprob - expected[i])).toBeLessThan(0.2)
      expect(tf.memory().numTensors).toBe(before)
    })
  })

  test('the comparison detects tokens drawn with another seed, after another text, or one step late', async () => {
    const config = configs['a large vocabulary']
    const sequences = await sequencesOf(decoderOf(config, 'float32'), sampled, 64)
    await onPlainBackend(async () => {
      const plain = decoderOf(config, 'float32')
      const [first, second, third] = sequences
      const faults: Sequence[] = [
        { ...first, seed: second.seed },
        { ...first, promptIds: third.promptIds },
        { ...first, tokenIds: first.tokenIds.slice(1) },
      ]
      for (const fault of faults) expect((await strayTokens(plain, [fault], sampled)).length).toBeGreaterThan(fault.tokenIds.length / 4)
    })
  })
})

const decoderOf = (config: ModelConfig, precision: Precision): Decoder =>
  createDecoder(config, loadWeights(config, randomWeights(config, 1), { precision, train: 'none' }), precision)

async function onPlainBackend(work: () => Promise<void>): Promise<void> {
  await usePlainBackend()
  try {
    await work()
  } finally {
    await tf.setBackend('tensorflow')
  }
}

interface Sequence {
  readonly promptIds: readonly number[]
  readonly seed: number
  readonly tokenIds: readonly number[]
}

async function sequencesOf(decoder: Decoder, sampling: Sampling, batch: number, passTokens = 2048): Promise<Sequence[]> {
  const found: (Sequence & { row: number; sample: number })[] = []
  for await (const { row, sample, tokenIds } of generate({ decoder }, rows, { sampling, batch, passTokens, stopTokens })) {
    found.push({ row, sample, tokenIds: [...tokenIds], promptIds: rows[row].promptIds, seed: rows[row].seeds[sample] })
  }
  return found.sort((a, b) => a.row - b.row || a.sample - b.sample).map(({ promptIds, seed, tokenIds }) => ({ promptIds, seed, tokenIds }))
}

/** Tokens that rounding can't explain: their positions and their probabilities given the preceding tokens. */
async function strayTokens(decoder: Decoder, sequences: readonly Sequence[], sampling: Sampling) {
  const strays: { sequence: number; step: number; logprob: number }[] = []
  const texts = sequences.map(({ promptIds, tokenIds }) => ({
    ids: [...promptIds, ...tokenIds],
    at: {
      positions: tokenIds.map((_, step) => promptIds.length + step),
      choices: Array.from({ length: decoder.config.vocabulary }, (_, id) => id),
    },
  }))
  for await (const { row, choiceLogprobs } of score({ decoder }, texts, { top: 0, choicesOnly: true })) {
    const { seed, tokenIds } = sequences[row]
    for (const [step, token] of tokenIds.entries()) {
      const logprobs = choiceLogprobs?.[step] ?? []
      if (step < sampling.minNewTokens) for (const stop of stopTokens) logprobs[stop] = Number.NEGATIVE_INFINITY
      if (!isDrawn(logprobs, token, generators.philox.uniform(seed, step), sampling))
        strays.push({ sequence: row, step, logprob: logprobs[token] })
    }
  }
  return strays
}

async function logprobsOf(decoder: Decoder): Promise<number[]> {
  const texts = rows.map(({ promptIds }) => ({ ids: promptIds }))
  const logprobs: number[][] = []
  for await (const { row, tokenLogprobs } of score({ decoder }, texts, { top: 2, passTokens: 50 })) logprobs[row] = tokenLogprobs
  return logprobs.flat()
}
