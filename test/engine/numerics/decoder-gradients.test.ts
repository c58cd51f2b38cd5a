import type { Scalar } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ModelConfig } from '../../../main/engine/model/config.ts'
import { createDecoder } from '../../../main/engine/model/decoder.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { loadWeights } from '../../../main/engine/model/weights.ts'
import { dpoForwardBackward, dpoSums, referenceLogprobs } from '../../../main/engine/training/dpo.ts'
import type { DpoExample, RewardExample, SftExample } from '../../../main/engine/training/encoded-rows.ts'
import { rewardForwardBackward, rewardSums } from '../../../main/engine/training/reward.ts'
import { sftForwardBackward, sftSums, sftWeight } from '../../../main/engine/training/sft.ts'
import { trainConfig } from '../../../main/shared/train-config.ts'
import { hasNative, useNativeBackend, usePlainBackend } from '../../support/native.ts'
import { backendIs, needing } from '../../support/needs.ts'
import { differentiate, partsOf, plainLogprobs, type Weights, weightsOf } from './plain-decoder.ts'
import { distance, randomWeights, tinyConfig, tinyDecoder } from './tiny-model.ts'

/** Loss and gradients of a whole training step, with shared prompts, against automatic differentiation of the plain decoder. */
const backends = [
  { name: 'plain', use: usePlainBackend, present: true },
  { name: 'native', use: useNativeBackend, present: hasNative },
]

const TOLERANCE = 3e-5
const options = { dropout: null, recompute: false }
const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => (7 * from + 3 * i) % 29)

const models = {
  'a Llama': tinyConfig(),
  'a Llama without tied embeddings': tinyConfig({ tie_word_embeddings: false }),
  'a Mistral with a window of 5': tinyConfig({ model_type: 'mistral', sliding_window: 5 }),
  'a Qwen2, with biases': tinyConfig({ model_type: 'qwen2' }),
  'a Qwen3, with norms of query and key heads': tinyConfig({ model_type: 'qwen3', head_dim: 6 }),
}

describe.each(backends)('on the $name backend', ({ use, present }) => {
  needing(backendIs(present)).describe.each(Object.entries(models))('%s', (_, config) => {
    beforeAll(use)
    const weights = () => weightsOf(randomWeights(config, 1))

    test('SFT: completions, weighted prompts and weighted tokens; two responses share their prompt', async () => {
      const prompt = tokens(1, 9)
      const examples: SftExample[] = [
        { prompt, completion: tokens(2, 4), promptWeight: 0, weights: null },
        { prompt, completion: tokens(3, 3), promptWeight: 0.5, weights: null },
        { prompt: tokens(4, 2), completion: tokens(5, 5), promptWeight: 0, weights: [1, 0, 2, 0.5, 0] },
      ]
      const weight = examples.reduce((sum, example) => sum + sftWeight(example), 0)
      const loss = (w: Weights): Scalar =>
        tf.div(
          tf.addN(
            examples.map(({ prompt, completion, promptWeight, weights: own }) => {
              const perToken = [...prompt.slice(1).map(() => promptWeight), ...(own ?? completion.map(() => 1))]
              return tf.sum(tf.mul(plainLogprobs(config, w, [...prompt, ...completion]), tf.tensor1d(perToken)))
            }),
          ),
          -weight,
        )
      const decoder = tinyDecoder(config)
      const gradients = new Gradients()
      const sums = await sftForwardBackward(decoder, examples, weight, options, gradients).data()
      expect(sums[sftSums.indexOf('loss')] / weight).toBeCloseTo(loss(weights()).dataSync()[0], 5)
      expectSame(partsOf(decoder, gradients), differentiate(weights(), loss))
    })

    test('DPO with a likelihood term, weights, and a consistency: two pairs share a prompt', async () => {
      const prompt = tokens(1, 9)
      const examples: DpoExample[] = [
        { prompt, chosen: tokens(2, 4), rejected: tokens(3, 6), weight: 1, consistency: 1 },
        { prompt, chosen: [...tokens(2, 4), 5], rejected: tokens(2, 3), weight: 0.5, consistency: 0.8 },
        { prompt: tokens(4, 3), chosen: [7], rejected: tokens(5, 2), weight: 2, consistency: 1 },
      ]
      const references = [
        { chosen: -14, rejected: -20 },
        { chosen: -18, rejected: -9 },
        { chosen: -3, rejected: -7 },
      ]
      const batch = { pairs: 5, chosenTokens: 40 } // these are a part of it
      const settings = trainConfig.parse({ beta: 0.3, nll_weight: 0.7 })
      const response = (w: Weights, prompt: readonly number[], response: readonly number[]) =>
        tf.sum(tf.slice(plainLogprobs(config, w, [...prompt, ...response]), prompt.length - 1))
      const loss = (w: Weights): Scalar =>
        tf.addN(
          examples.map(({ prompt, chosen, rejected, weight, consistency }, i) => {
            const [pi, other] = [response(w, prompt, chosen), response(w, prompt, rejected)]
            const margin = tf.mul(tf.sub(tf.sub(pi, references[i].chosen), tf.sub(other, references[i].rejected)), settings.beta)
            const ordered = tf.mul(tf.log(tf.sigmoid(margin)), consistency)
            const preference = tf.add(ordered, tf.mul(tf.log(tf.sigmoid(tf.neg(margin))), 1 - consistency))
            const likelihood = tf.mul(pi, settings.nll_weight / batch.chosenTokens)
            return tf.mul(tf.sub(tf.div(preference, -batch.pairs), likelihood), weight)
          }),
        )
      const decoder = tinyDecoder(config)
      const gradients = new Gradients()
      const values = await dpoForwardBackward(decoder, examples, references, batch, settings, options, gradients).data()
      const sum = (name: (typeof dpoSums)[number]) => values[dpoSums.indexOf(name)]
      const expected = loss(weights()).dataSync()[0]
      expect(sum('loss') / batch.pairs + (settings.nll_weight * sum('weightedNll')) / batch.chosenTokens).toBeCloseTo(expected, 4)
      expectSame(partsOf(decoder, gradients), differentiate(weights(), loss))
      const computed = await referenceLogprobs(decoder, examples)
      expect(computed.reduce((total, { chosen }) => total + chosen, 0)).toBeCloseTo(sum('chosenLogprobs'), 3)
      expect(computed.reduce((total, { rejected }) => total + rejected, 0)).toBeCloseTo(sum('rejectedLogprobs'), 3)
    })

    test('reward with margins, weights, label smoothing, and a likelihood term: prompts share their start', async () => {
      const start = tokens(1, 9)
      const examples: RewardExample[] = [
        { better: [...start, ...tokens(2, 4)], worse: [...start, ...tokens(3, 6)], yes: 5, no: 11, margin: 0, weight: 1 },
        { better: [...start, ...tokens(2, 4), 5], worse: start, yes: 11, no: 5, margin: 0.7, weight: 0.5 },
        { better: tokens(4, 3), worse: tokens(5, 2), yes: 1, no: 2, margin: -0.3, weight: 2 },
      ]
      const pairs = 5 // these are a part of them
      const settings = { label_smoothing: 0.1, nll_weight: 0.7 }
      const last = (w: Weights, prompt: readonly number[], token: number) =>
        tf.sum(tf.slice(plainLogprobs(config, w, [...prompt, token]), prompt.length - 1))
      const loss = (w: Weights): Scalar =>
        tf.addN(
          examples.map(({ better, worse, yes, no, margin, weight }) => {
            const rewards = [better, worse].map((prompt) => tf.sub(last(w, prompt, yes), last(w, prompt, no)))
            const z = tf.sub(tf.sub(rewards[0], rewards[1]), margin)
            const ordered = tf.mul(tf.log(tf.sigmoid(z)), -0.9)
            const preference = tf.sub(ordered, tf.mul(tf.log(tf.sigmoid(tf.neg(z))), 0.1))
            const likelihood = tf.mul(tf.add(last(w, better, yes), last(w, worse, no)), -0.7 / 2)
            return tf.mul(tf.add(preference, likelihood), weight / pairs)
          }),
        )
      const decoder = tinyDecoder(config)
      const gradients = new Gradients()
      const values = await rewardForwardBackward(decoder, examples, pairs, settings, options, gradients).data()
      const sum = (name: (typeof rewardSums)[number]) => values[rewardSums.indexOf(name)]
      expect(sum('loss') / pairs + (0.7 * sum('weightedNll')) / (2 * pairs)).toBeCloseTo(loss(weights()).dataSync()[0], 4)
      expectSame(partsOf(decoder, gradients), differentiate(weights(), loss))
    })
  })
})

describe.each(backends)('a frozen token on the $name backend', ({ use, present }) => {
  needing(backendIs(present)).describe('whose embedding gets nothing from the input', () => {
    beforeAll(use)
    const ids = [3, 5, 4, 3, 3, 8, 9, 3]
    const frozenToken = 3

    /** If the head is a table of its own, its values are the embedding's. */
    const gradientsOf = (config: ModelConfig, frozen: number | null): Weights => {
      const random = randomWeights(config, 1)
      const source = { ...random, read: (name: string) => random.read(name === 'lm_head.weight' ? 'model.embed_tokens.weight' : name) }
      const decoder = createDecoder(config, loadWeights(config, source, { precision: 'float32', train: 'full' }), 'float32')
      const gradients = new Gradients()
      const examples = [{ prompt: ids.slice(0, 2), completion: ids.slice(2), promptWeight: 0, weights: null }]
      sftForwardBackward(decoder, examples, 6, { ...options, frozenToken: frozen }, gradients)
      return partsOf(decoder, gradients)
    }
    const rowOf = (gradients: Weights, name: string, token: number) => [...tf.slice(gradients.get(name)!, [token], [1]).dataSync()]

    test('without tied embeddings, its row is 0 and everything else is as before', () => {
      const config = tinyConfig({ tie_word_embeddings: false })
      const [before, frozen] = [gradientsOf(config, null), gradientsOf(config, frozenToken)]
      for (const [name, gradient] of before) {
        const isTable = name === 'model.embed_tokens.weight'
        const expected = [...gradient.dataSync()].map((value, i) => (isTable && Math.floor(i / config.hidden) === frozenToken ? 0 : value))
        expect(
          [...frozen.get(name)!.dataSync()].map((value) => value + 0),
          name,
        ).toEqual(expected)
      }
      expect(rowOf(before, 'model.embed_tokens.weight', frozenToken).some((value) => value !== 0)).toBe(true)
    })

    test("with tied embeddings, its row has the head's gradient", () => {
      const tied = gradientsOf(tinyConfig(), frozenToken)
      const untied = gradientsOf(tinyConfig({ tie_word_embeddings: false }), frozenToken)
      const expected = rowOf(untied, 'lm_head.weight', frozenToken)
      expect(rowOf(tied, 'model.embed_tokens.weight', frozenToken)).toEqual(expected)
      expect(rowOf(tied, 'model.embed_tokens.weight', 4)).not.toEqual(rowOf(untied, 'lm_head.weight', 4))
    })
  })
})

/** Relative to each tensor's largest entry, because the two sides sum in different orders. */
function expectSame(actual: Weights, expected: Weights): void {
  expect(new Set(actual.keys())).toEqual(new Set(expected.keys()))
  for (const [name, gradient] of expected) {
    const scale = Math.max(1, tf.max(tf.abs(gradient)).dataSync()[0])
    expect(distance(actual.get(name)!, gradient) / scale, name).toBeLessThan(TOLERANCE)
  }
}
