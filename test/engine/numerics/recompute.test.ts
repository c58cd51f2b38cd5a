import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Operand, widen } from '../../../main/engine/backends/operand.ts'
import { inputPerToken, keptPerToken } from '../../../main/engine/memory-estimate.ts'
import type { ModelConfig } from '../../../main/engine/model/config.ts'
import { createDecoder, type Decoder, disposeDecoder } from '../../../main/engine/model/decoder.ts'
import type { Dropout } from '../../../main/engine/model/dropout.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { loadWeights, type WeightOptions } from '../../../main/engine/model/weights.ts'
import { dpoForwardBackward } from '../../../main/engine/training/dpo.ts'
import { sftForwardBackward } from '../../../main/engine/training/sft.ts'
import { loraConfig, type Precision, trainConfig } from '../../../main/shared/train-config.ts'
import { hasNative, useNativeBackend, usePlainBackend, useWasmBackend } from '../../support/native.ts'
import { backendIs, needing } from '../../support/needs.ts'
import { randomWeights, tinyConfig } from './tiny-model.ts'

const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => (7 * from + 3 * i) % 29)
const pairs = [
  { prompt: tokens(1, 9), chosen: tokens(2, 5), rejected: tokens(3, 7), weight: 1, consistency: 1 },
  { prompt: tokens(4, 3), chosen: tokens(5, 4), rejected: tokens(6, 2), weight: 1, consistency: 1 },
]
const lora = (dropout: number): WeightOptions['train'] => ({ lora: loraConfig.parse({ rank: 2, dropout }), seed: 3, random: 'philox' })

interface Case {
  readonly config: ModelConfig
  readonly train: WeightOptions['train']
  readonly dropout: Dropout | null
}
const cases: Record<string, Case> = {
  'without dropout': { config: tinyConfig(), train: 'full', dropout: null },
  'with dropout, whose masks are drawn again': { config: tinyConfig(), train: 'full', dropout: { rate: 0.2, seed: 5, random: 'philox' } },
  'with adapters that drop their input': { config: tinyConfig(), train: lora(0.3), dropout: { rate: 0.1, seed: 5, random: 'philox' } },
  'with biases': { config: tinyConfig({ model_type: 'qwen2' }), train: 'full', dropout: null },
  'with norms of query and key heads': { config: tinyConfig({ model_type: 'qwen3' }), train: 'full', dropout: null },
}

const backends = [
  { name: 'plain', use: usePlainBackend, present: true, precisions: ['float32'] },
  { name: 'wasm', use: useWasmBackend, present: true, precisions: ['float32'] },
  { name: 'native', use: useNativeBackend, present: hasNative, precisions: ['float32', 'bfloat16'] },
] as const

for (const backend of backends) {
  needing(backendIs(backend.present)).describe(`on the ${backend.name} backend`, () => {
    beforeAll(backend.use)

    describe.each(backend.precisions)('in %s', (precision) => {
      test.each(Object.entries(cases))('recomputed activations give the same bits: %s', (_, { config, train, dropout }) => {
        const before = tf.memory().numTensors
        const decoder = decoderOf(config, precision, train)
        const kept = gradientsOf(decoder, dropout, false)
        const recomputed = gradientsOf(decoder, dropout, true)
        expect(recomputed.keys()).toEqual(kept.keys())
        for (const [name, values] of kept) expect(recomputed.get(name), name).toEqual(values)
        disposeDecoder(decoder)
        expect(tf.memory().numTensors).toBe(before)
      })
    })

    test('another dropout seed gives other gradients', () => {
      const decoder = decoderOf(tinyConfig(), 'float32', 'full')
      const one = gradientsOf(decoder, { rate: 0.2, seed: 5, random: 'philox' }, true)
      const other = gradientsOf(decoder, { rate: 0.2, seed: 6, random: 'philox' }, true)
      expect(one.get('embedding')).not.toEqual(other.get('embedding'))
      disposeDecoder(decoder)
    })
  })
}

describe('memory of the backward pass', () => {
  beforeAll(usePlainBackend)
  const tokens = 80

  test.each([
    ['kept, a layer stores the inputs of its products', 'llama', false, keptPerToken],
    ['kept, with norms of query and key heads', 'qwen3', false, keptPerToken],
    ['recomputed, a layer stores only its input', 'llama', true, inputPerToken],
  ] as const)('%s: as much as estimated, and freed after use', (_, model_type, recompute, estimate) => {
    const config = tinyConfig({ model_type, num_hidden_layers: 5 })
    const perLayer = tokens * estimate(config, 4)
    const decoder = decoderOf(config, 'float32', lora(0))
    const { atLayers, gradientsOfLayer } = bytesOnTheWayBack(decoder, tokens, recompute)
    for (let i = 1; i < atLayers.length; i++) expect(atLayers[i - 1] - atLayers[i] + gradientsOfLayer).toBe(perLayer)
    disposeDecoder(decoder)
  })
})

function decoderOf(config: ModelConfig, precision: Precision, train: WeightOptions['train']): Decoder {
  return createDecoder(config, loadWeights(config, randomWeights(config, 1), { precision, train }), precision)
}

/** Gradients of a DPO micro-batch by parameter. */
function gradientsOf(decoder: Decoder, dropout: Dropout | null, recompute: boolean): Map<string, Float32Array> {
  const gradients = new Gradients()
  const references = pairs.map(() => ({ chosen: -15, rejected: -15 }))
  const size = { pairs: 2, chosenTokens: 9 }
  const options = trainConfig.parse({ beta: 0.3, nll_weight: 0.5 })
  dpoForwardBackward(decoder, pairs, references, size, options, { dropout, recompute }, gradients).dispose()
  const values = new Map(gradients.names.map((name) => [name, valuesOf(gradients.get(name) as Operand)]))
  gradients.dispose()
  return values
}

function valuesOf(gradient: Operand): Float32Array {
  return tf.tidy(() => widen(gradient).dataSync<'float32'>())
}

/** Bytes of all tensors when each layer's backward pass has its first gradient, from the last layer to the first. */
function bytesOnTheWayBack(decoder: Decoder, length: number, recompute: boolean): { atLayers: number[]; gradientsOfLayer: number } {
  const seen: number[] = []
  let bytes = 0
  class Watched extends Gradients {
    override add(name: string, gradient: Operand): void {
      seen.push(tf.memory().numBytes)
      bytes += 4 * gradient.tensor.size
      super.add(name, gradient)
    }
  }
  const gradients = new Watched()
  const example = { prompt: tokens(1, length - 2), completion: tokens(2, 2), promptWeight: 0, weights: null }
  sftForwardBackward(decoder, [example], 2, { dropout: null, recompute }, gradients).dispose()
  gradients.dispose()
  const layers = decoder.config.layers
  return { atLayers: seen.filter((_, i) => i % (seen.length / layers) === 0), gradientsOfLayer: bytes / layers }
}
