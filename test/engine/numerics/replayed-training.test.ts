import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { functionsKept, replay, setReplayMode, withoutReplay } from '../../../main/engine/backends/functions/replay.ts'
import { type Operand, widen } from '../../../main/engine/backends/operand.ts'
import { disposeRuns, placeRuns, runInputs } from '../../../main/engine/kernels/attention-runs.ts'
import { ownKeys, plainAttend, plainAttendBackward } from '../../../main/engine/kernels/plain-attention.ts'
import type { ModelConfig } from '../../../main/engine/model/config.ts'
import { createDecoder, type Decoder, disposeDecoder, layoutStates } from '../../../main/engine/model/decoder.ts'
import type { ForwardOptions } from '../../../main/engine/model/decoder-training.ts'
import type { Dropout } from '../../../main/engine/model/dropout.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { layOut } from '../../../main/engine/model/layout.ts'
import { loadWeights, type WeightOptions } from '../../../main/engine/model/weights.ts'
import { dpoForwardBackward } from '../../../main/engine/training/dpo.ts'
import type { DpoExample } from '../../../main/engine/training/encoded-rows.ts'
import { loraConfig, type Precision, trainConfig } from '../../../main/shared/train-config.ts'
import { useNativeBackend } from '../../support/native.ts'
import { functionLibrary, needing } from '../../support/needs.ts'
import { normalOperand, precisions } from '../kernels/comparison.ts'
import { randomWeights, tinyConfig } from './tiny-model.ts'

process.env.LAUREL_KERNELS = 'none' // a GPU has only the plain formulas
process.env.TF_ENABLE_ONEDNN_OPTS = '0' // nor oneDNN, whose softmax TensorFlow takes in functions only

const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => (7 * from + 3 * i) % 29)
const pair = (seed: number, prompt: number, chosen: number, rejected: number): DpoExample => ({
  ...{ prompt: tokens(seed, prompt), chosen: tokens(seed + 1, chosen), rejected: tokens(seed + 2, rejected), weight: 1, consistency: 1 },
})
/** Micro-batches. The second has the first one's shapes, the third others; from the second on, gradients are sums. */
const parts = [[pair(1, 9, 5, 7), pair(4, 3, 4, 2)], [pair(2, 8, 6, 7), pair(5, 4, 4, 2)], [pair(3, 20, 11, 30)]]

const lora = (dropout: number): WeightOptions['train'] => ({ lora: loraConfig.parse({ rank: 2, dropout }), seed: 3, random: 'philox' })
const dropping: Dropout = { rate: 0.2, seed: 5, random: 'philox' }

interface Case {
  readonly model: Record<string, unknown>
  readonly train?: WeightOptions['train']
  readonly dropout?: Dropout
  readonly recompute?: boolean
  readonly frozenToken?: number
}
const gemma = { ...{ model_type: 'gemma3_text', head_dim: 6, query_pre_attn_scalar: 8 }, sliding_window: 6, sliding_window_pattern: 2 }
const cases: Record<string, Case> = {
  'a Llama': { model: {} },
  'a Llama whose head is its own': { model: { tie_word_embeddings: false } },
  'a Llama with scaled positions': {
    model: {
      rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 },
    },
  },
  'a Mistral with a sliding window': { model: { model_type: 'mistral', sliding_window: 6 } },
  'a Qwen2, with biases': { model: { model_type: 'qwen2' } },
  'a Qwen3, with norms of heads': { model: { model_type: 'qwen3' } },
  'a Gemma 3, with local layers and four norms': { model: gemma },
  'a Llama whose padding token stays as it is': { model: {}, frozenToken: 3 },
  dropout: { model: {}, dropout: dropping },
  'dropout and recomputed activations': { model: {}, dropout: dropping, recompute: true },
  adapters: { model: {}, train: lora(0) },
  'adapters that drop their input, recomputed': {
    model: { model_type: 'qwen3' },
    train: lora(0.3),
    dropout: { ...dropping, rate: 0 },
    recompute: true,
  },
  'adapters of a Gemma 3, recomputed': { model: gemma, train: lora(0), recompute: true },
  'adapters, a sliding window, and dropout': { model: { model_type: 'mistral', sliding_window: 6 }, train: lora(0.3), dropout: dropping },
}

needing(functionLibrary).describe('replayed training', () => {
  beforeAll(useNativeBackend)
  beforeEach(() => setReplayMode('function'))

  describe.each(precisions)('in %s', (precision) => {
    test.each(Object.entries(cases))(
      'has the bits of its operations one by one: %s',
      (_, { model, train = 'full', dropout = null, recompute = false, frozenToken = null }) => {
        const before = tf.memory().numTensors
        const decoder = decoderOf(tinyConfig(model), precision, train)
        const options = { dropout, recompute, frozenToken }
        const expected = withoutReplay(() => gradientsOf(decoder, options))
        const functions = functionsKept()
        const replayed = gradientsOf(decoder, options)
        expect(functions).toBe(0)
        expect(functionsKept()).toBeGreaterThan(0)
        expect([...replayed.keys()]).toEqual([...expected.keys()])
        for (const [name, values] of expected) expect(replayed.get(name), name).toEqual(values)
        const again = gradientsOf(decoder, options) // with functions recorded before
        for (const [name, values] of expected) expect(again.get(name), name).toEqual(values)
        setReplayMode('none')
        const unpadded = gradientsOf(decoder, { ...options, dropout: null })
        setReplayMode('function')
        const padded = gradientsOf(decoder, { ...options, dropout: null })
        for (const [name, values] of unpadded) expectClose(padded.get(name)!, values, precision, name)
        disposeDecoder(decoder)
        expect(tf.memory().numTensors).toBe(before)
      },
    )

    test('attention in blocks has the bits of its operations one by one', () => {
      const shape = { heads: 4, keyValueHeads: 2, headDim: 6 }
      const { runs, ids } = layOut([tokens(1, 40), [...tokens(1, 30), 7, 8], tokens(2, 13)], { share: true })
      const placed = placeRuns(runs, null)
      const { padded } = placed
      const qkv = normalOperand([ids.length, 48], 1, precision)
      const dy = normalOperand([ids.length, 24], 2, precision)
      const most = shape.heads * padded!.keys * 7 // of more than seven queries a run
      const work = () => {
        const attended = plainAttend(qkv, qkv, padded!, shape, ownKeys(shape), most)
        return { attended, dqkv: plainAttendBackward(dy, qkv, attended, padded!, shape, most) }
      }
      const bits = (run: () => ReturnType<typeof work>) =>
        tf.tidy(() => {
          const { attended, dqkv } = run()
          return [widen(attended.y), attended.lse, widen(dqkv)].map((tensor) => tensor.dataSync())
        })
      const expected = bits(work)
      expect(bits(() => replay('blocks', [qkv, dy, ...runInputs(placed).inputs], work))).toEqual(expected)
      disposeRuns(placed)
    })

    test('states of a model that is not trained have the bits of its operations one by one', () => {
      const decoder = decoderOf(tinyConfig({ model_type: 'qwen3' }), precision, 'none')
      const states = () => {
        const layout = layOut([tokens(1, 21), tokens(2, 13)], { share: true })
        return tf.tidy(() => widen(layoutStates(decoder, layout)).dataSync())
      }
      const expected = withoutReplay(states)
      expect(states()).toEqual(expected)
      disposeDecoder(decoder)
    })
  })

  test('compiled by XLA, it has the same gradients up to rounding, in float32', () => {
    const decoder = decoderOf(tinyConfig({ model_type: 'qwen3' }), 'float32', 'full')
    const options = { dropout: null, recompute: false }
    const expected = gradientsOf(decoder, options)
    setReplayMode('xla')
    const compiled = gradientsOf(decoder, options)
    expect(functionsKept()).toBeGreaterThan(0)
    for (const [name, values] of expected) expectClose(compiled.get(name)!, values, 'float32', name)
    disposeDecoder(decoder)
  })
})

function decoderOf(config: ModelConfig, precision: Precision, train: WeightOptions['train']): Decoder {
  return createDecoder(config, loadWeights(config, randomWeights(config, 1), { precision, train }), precision)
}

/** Sums and gradients of DPO in three micro-batches, by parameter. */
function gradientsOf(decoder: Decoder, options: ForwardOptions): Map<string, Float32Array> {
  const gradients = new Gradients()
  const values = new Map<string, Float32Array>()
  const config = trainConfig.parse({ beta: 0.3, nll_weight: 0.5 })
  for (const [i, examples] of parts.entries()) {
    const references = examples.map(() => ({ chosen: -15, rejected: -15 }))
    const sums = dpoForwardBackward(decoder, examples, references, { pairs: 5, chosenTokens: 30 }, config, options, gradients)
    values.set(`sums ${i}`, sums.dataSync<'float32'>())
    sums.dispose()
  }
  for (const name of gradients.names)
    values.set(
      name,
      tf.tidy(() => widen(gradients.get(name) as Operand).dataSync<'float32'>()),
    )
  gradients.dispose()
  return values
}

/** Padding adds zeros to sums, which may be added in another order. */
function expectClose(found: Float32Array, expected: Float32Array, precision: Precision, name: string): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0)
  expect(worst, name).toBeLessThanOrEqual((precision === 'bfloat16' ? 0.03 : 2e-5) * largest)
}
