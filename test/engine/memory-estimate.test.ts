import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { setDeviceMemory } from '../../main/engine/backends/device-state.ts'
import { countParameters, generationMemory, trainingBudget, trainingMemory } from '../../main/engine/memory-estimate.ts'
import type { Decoder } from '../../main/engine/model/decoder.ts'
import { expectedTensors } from '../../main/engine/model/expected-tensors.ts'
import { loadWeights, parametersOf, type WeightOptions } from '../../main/engine/model/weights.ts'
import { tokenBudgetOf } from '../../main/engine/training/token-budget.ts'
import { loraConfig, type TrainConfig, trainConfig } from '../../main/shared/train-config.ts'
import { usePlainBackend } from '../support/native.ts'
import { randomWeights, tinyConfig } from './numerics/tiny-model.ts'

beforeAll(usePlainBackend)

const models = {
  'a Llama': tinyConfig(),
  'a Llama without tied embeddings': tinyConfig({ tie_word_embeddings: false }),
  'a Qwen2, with biases': tinyConfig({ model_type: 'qwen2' }),
  'a Qwen3, with norms of heads': tinyConfig({ model_type: 'qwen3', head_dim: 6 }),
}
const config = (changes: Partial<TrainConfig> = {}) => trainConfig.parse(changes)
const rows = (count: number, tokens: number) => Array.from({ length: count }, () => ({ tokens, targets: Math.ceil(tokens / 2) }))

describe.each(Object.entries(models))('%s', (_, shape) => {
  test('has as many parameters as its files', () => {
    const sizes = [...expectedTensors(shape).values()].map((sizes) => ({ rank: sizes.length, size: sizes.reduce((a, b) => a * b, 1) }))
    const sum = (rank: number) => sizes.filter((tensor) => tensor.rank === rank).reduce((total, { size }) => total + size, 0)
    expect(countParameters(shape)).toMatchObject({ matrices: sum(2), vectors: sum(1) })
  })

  test.each([
    ['trained in full', 'full', null],
    ['with adapters', { lora: loraConfig.parse({ rank: 3 }), seed: 1, random: 'philox' }, loraConfig.parse({ rank: 3 })],
    [
      'with a few adapters',
      { lora: loraConfig.parse({ targets: ['k_proj', 'down_proj'] }), seed: 1, random: 'philox' },
      loraConfig.parse({ targets: ['k_proj', 'down_proj'] }),
    ],
  ] as [string, WeightOptions['train'], TrainConfig['lora']][])('%s, takes as much memory as is loaded', (_, train, lora) => {
    const weights = loadWeights(shape, randomWeights(shape, 1), { precision: 'float32', train })
    const parameters = parametersOf(weights)
    const bytes = (counted: (trainable: boolean) => boolean) =>
      parameters.reduce((sum, { size, trainable }) => sum + (counted(trainable) ? 4 * size : 0), 0)
    const memory = trainingMemory(shape, config({ lora }), rows(2, 20))
    expect(memory.weights).toBe(bytes(() => true))
    expect(memory.optimizer).toBe(2 * bytes((trainable) => trainable))
    for (const device of [null, 1e9, 24e9, 139e9]) {
      setDeviceMemory('cpu', device)
      expect(trainingBudget(shape, config({ lora }), device)).toBe(tokenBudgetOf({ config: shape, weights } as Decoder))
    }
    setDeviceMemory('cpu', null)
    for (const parameter of parameters) parameter.dispose()
  })
})

describe('the memory of a training', () => {
  const shape = models['a Llama']
  const sum = ({ total: _, ...parts }: Record<string, number>) => Object.values(parts).reduce((a, b) => a + b, 0)

  test('is the sum of its parts, and no batch takes less than its longest row alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 2, max: 3000 }), fc.boolean(), (count, tokens, recompute) => {
        const settings = config({ gradient_checkpointing: recompute, batch_size: 40 })
        const memory = trainingMemory(shape, settings, rows(count, tokens))
        expect(sum({ ...memory })).toBeCloseTo(memory.total, 0)
        const long = trainingMemory(shape, settings, rows(1, 4000)).total
        expect(trainingMemory(shape, settings, [...rows(count, tokens), ...rows(1, 4000)]).total).toBeGreaterThanOrEqual(long)
        expect(trainingMemory(shape, settings, rows(1, 4001)).total).toBeGreaterThan(long)
      }),
    )
  })

  test('does not grow with the batch once a micro-batch is full', () => {
    const wide = { ...shape, hidden: 1200 } // 1,000 tokens per micro-batch
    const [some, many] = [20, 2000].map((batch_size) => trainingMemory(wide, config({ batch_size }), rows(batch_size, 100)))
    expect(many).toEqual(some)
  })

  test('grows with the micro-batches of a GPU whose memory is known', () => {
    const wide = { ...shape, hidden: 1200 }
    const on = (device: number | null) => trainingMemory(wide, config({ batch_size: 400 }), rows(400, 100), device).activations
    expect(on(6e9)).toBe(on(null))
    expect(on(24.1e9) / on(null)).toBeCloseTo(4)
    expect(on(120.1e9) / on(null)).toBeCloseTo(20)
  })

  test('counts float32 gradients with several micro-batches, and incremental gradients with one', () => {
    const wide = { ...shape, hidden: 1200, vocabulary: 10 }
    const [one, several] = [5, 50].map((batch_size) =>
      trainingMemory({ ...wide, layers: 100 }, config({ batch_size, precision: 'bfloat16' }), rows(batch_size, 100)),
    )
    const { matrices, vectors } = countParameters({ ...wide, layers: 100 })
    expect(several.gradients).toBe(4 * (matrices + vectors))
    expect(one.gradients).toBeLessThan(several.gradients / 2)
  })

  test('is lower with recomputed activations, with adapters, and in bfloat16 if activations dominate', () => {
    const large = { ...shape, hidden: 576, intermediate: 1536, layers: 30, vocabulary: 49152, heads: 9, keyValueHeads: 3, headDim: 64 }
    const total = (changes: Partial<TrainConfig>) => trainingMemory(large, config(changes), rows(16, 500)).total
    expect(total({ gradient_checkpointing: true })).toBeLessThan(0.75 * total({}))
    expect(total({ precision: 'bfloat16' })).toBeLessThan(total({}))
    expect(total({ lora: loraConfig.parse({}), precision: 'bfloat16' })).toBeLessThan(0.6 * total({ precision: 'bfloat16' }))
  })
})

describe('the memory of generation', () => {
  const shape = models['a Llama']
  const work = { sequences: 4, promptTokens: 33, newTokens: 32 }

  test('includes a cache of whole blocks for every sequence', () => {
    const perSlot = shape.layers * 2 * shape.keyValueHeads * shape.headDim * 4
    expect(generationMemory(shape, 'float32', work).cache).toBe(4 * (64 + 32) * perSlot)
    expect(generationMemory(shape, 'bfloat16', work).cache).toBe((4 * (64 + 32) * perSlot) / 2)
  })

  test('includes the weights of models that stay loaded', () => {
    const one = generationMemory(shape, 'float32', work)
    const two = generationMemory(shape, 'float32', { ...work, otherModels: 1 })
    const { matrices, vectors } = countParameters(shape)
    expect(one.weights).toBe(4 * (matrices + vectors))
    expect(two.total - one.total).toBe(one.weights)
  })
})
