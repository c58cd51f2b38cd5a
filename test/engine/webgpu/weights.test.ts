import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limitTensors } from '../../../main/engine/backends/device-state.ts'
import { type Operand, operand, widen } from '../../../main/engine/backends/operand.ts'
import { uploadHalves } from '../../../main/engine/backends/webgpu-halves.ts'
import type { Parameter } from '../../../main/engine/model/parameter.ts'
import { loadWeights, parametersOf, type WeightOptions } from '../../../main/engine/model/weights.ts'
import { loraConfig } from '../../../main/shared/train-config.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { useSoftwareAdapter, webgpuBackend } from '../../support/software-adapter.ts'
import { randomWeights, tinyConfig } from '../numerics/tiny-model.ts'

const adapters = { lora: loraConfig.parse({}), seed: 1, random: 'philox' } as const
/** Its largest matrix is the tied table [101, 16]: 6,464 bytes in float32, 3,232 in bfloat16. */
const config = tinyConfig({ vocab_size: 101 })
const load = (options: WeightOptions) => loadWeights(config, randomWeights(config, 1), options)

afterEach(() => limitTensors('', Number.POSITIVE_INFINITY))

const { describe: onAdapter } = needing(softwareAdapter)

onAdapter('in bfloat16 on WebGPU, frozen matrices', () => {
  beforeAll(useSoftwareAdapter)
  const { test } = needing(softwareAdapter)

  test.each([
    ['alone', 'none'],
    ['under adapters', adapters],
  ] as const)('%s have the bits of their rounded values, and are never on the device in float32', async (_, train) => {
    const expected = await valuesOf(load({ precision: 'float32', train: 'none' }), (value) => operand(value.tensor, 'bfloat16'))
    limitTensors('a small GPU', 4000)
    const buffers = watchBuffers()
    const weights = load({ precision: 'bfloat16', train })
    expect(buffers.end().largest).toBeLessThanOrEqual(4000)
    limitTensors('', Number.POSITIVE_INFINITY)
    const actual = await valuesOf(weights, (value) => value)
    for (const [name, values] of expected) expect([name, actual.get(name)]).toEqual([name, values])
  })

  test.each([
    [[497]],
    [[71, 7]], // rows that share words
    [[31, 16]],
  ])('of shape %j, in pieces, are rounded as in one', async (shape) => {
    const special = [0, -0, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4e38, 1e-39, Number.NaN, -Infinity]
    const size = shape.reduce((product, n) => product * n, 1)
    const values = Float32Array.from({ length: size }, (_, i) => (i % 3 === 0 ? special[i % 10] : Math.sin(i * i)))
    const expected = await bitsOf(() => operand(tf.tensor(values, shape), 'bfloat16'))
    limitTensors('a small GPU', 1000) // 250 values in float32
    const tensor = uploadHalves(values, shape)
    limitTensors('', Number.POSITIVE_INFINITY)
    expect(await bitsOf(() => ({ tensor, precision: 'bfloat16' }))).toEqual(expected)
    tensor.dispose()
  })

  test('take a few pieces of memory besides their own, however large they are', () => {
    const [size, piece] = [20_000_000, 4 * 2 ** 22]
    const buffers = watchBuffers()
    uploadHalves(new Float32Array(size), [size / 1000, 1000]).dispose()
    expect(buffers.end().peak).toBeLessThanOrEqual(2 * size + 2 * piece + 1000)
  })
})

describe('a weight that a GPU of too small tensors is asked to hold', () => {
  const refused = (options: WeightOptions, bytes: number) => {
    limitTensors('a small GPU', bytes)
    const source = { ...randomWeights(config, 1), read: () => expect.unreachable() as never }
    const load = () => loadWeights(config, source, options)
    return (size: string, remedy: string) =>
      expect(load).toThrow(
        expect.objectContaining({
          code: 'UNSUPPORTED',
          message: expect.stringContaining(`tensor model.embed_tokens.weight [101, 16] takes ${size}, but WebGPU's limit`),
          remedy,
        }),
      )
  }
  const others = 'a smaller model, or TensorFlow: `--backend tensorflow`.'

  test('in float32 may fit in bfloat16', () => {
    const how = 'Choose bfloat16, in which it takes half as much. Otherwise use '
    refused({ precision: 'float32', train: 'none' }, 4000)('0.00 GB in float32', `${how}${others}`)
    refused({ precision: 'float32', train: adapters }, 4000)('0.00 GB in float32', `${how}${others}`)
  })

  test('in a full training may fit under adapters, because what is trained is float32', () => {
    const how = 'Train adapters (lora) in bfloat16, in which it takes half as much. Otherwise use '
    refused({ precision: 'bfloat16', train: 'full' }, 4000)('0.00 GB in float32', `${how}${others}`)
    refused({ precision: 'float32', train: 'full' }, 4000)('0.00 GB in float32', `${how}${others}`)
  })

  test('may fit in no precision', () => {
    refused({ precision: 'bfloat16', train: 'none' }, 3000)('0.00 GB in bfloat16', `Use ${others}`)
    refused({ precision: 'float32', train: 'full' }, 3000)('0.00 GB in float32', `Use ${others}`)
  })
})

/** The bits of all matrices and vectors by name, without adapters; disposes the weights. `form`: a float32 matrix in another form. */
async function valuesOf(weights: ReturnType<typeof loadWeights>, form: (value: Operand) => Operand): Promise<Map<string, Uint32Array>> {
  const parameters = parametersOf(weights)
  const own = parameters.filter(({ name }) => !name.includes('.lora_'))
  const isMatrix = ({ shape }: Parameter) => shape.length > 1
  const bits = await Promise.all(own.map((p) => bitsOf(() => (isMatrix(p) ? form(p.operand) : p.used))))
  for (const parameter of parameters) parameter.dispose()
  return new Map(own.map(({ name }, i) => [name, bits[i]]))
}

async function bitsOf(make: () => Operand): Promise<Uint32Array> {
  const tensor = tf.tidy(() => widen(make()))
  const values = await tensor.data<'float32'>()
  tensor.dispose()
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

/** The largest buffer that is taken from now on, and the most bytes that are allocated besides those of before. */
function watchBuffers() {
  const { bufferManager } = webgpuBackend()
  const acquire = bufferManager.acquireBuffer.bind(bufferManager)
  const allocated = () => bufferManager.numBytesAllocated
  const before = allocated()
  const found = { largest: 0, peak: 0 }
  bufferManager.acquireBuffer = (size, ...rest) => {
    const buffer = acquire(size, ...rest)
    found.largest = Math.max(found.largest, size)
    found.peak = Math.max(found.peak, allocated() - before)
    return buffer
  }
  return {
    end() {
      bufferManager.acquireBuffer = acquire
      return found
    },
  }
}
