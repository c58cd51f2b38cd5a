import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, test } from 'vitest'
import { dryWebgpuDecodeStep, dryWebgpuDpoStep, startDryWebgpu } from '../../bench/harness/dry-webgpu.ts'
import { drySizes } from '../../bench/harness/dry-work.ts'
import { setDeviceMemory } from '../../main/engine/backends/device-state.ts'
import { kernelSet } from '../../main/engine/backends/kernel-set.ts'
import { addRmsNorm } from '../../main/engine/kernels/rms-norm.ts'
import type { Precision } from '../../main/shared/train-config.ts'

const sizes = { ...drySizes, text: 164 }

describe('the dry device', () => {
  test('counts a shader as a dispatch, and its numbers as an upload only when they are new', async () => {
    const device = await startDryWebgpu('shaders')
    expect(kernelSet()).toBe('wgsl')
    const [x, weight] = [tf.fill([3, 4000], 1), tf.fill([4000], 1)]
    addRmsNorm(x, null, weight, 1e-5, 'float32')
    const before = device.counts
    addRmsNorm(x, null, weight, 1e-5, 'float32')
    expect(device.counts).toMatchObject({ dispatches: before.dispatches + 1, uploads: before.uploads })
    addRmsNorm(x, null, weight, 1e-6, 'float32')
    expect(device.counts).toMatchObject({ dispatches: before.dispatches + 2, uploads: before.uploads + 1 })
  })

  test("counts tfjs's operations, each with its shapes", async () => {
    const device = await startDryWebgpu('operations')
    expect(kernelSet()).toBe('plain')
    const x = tf.fill([3, 4000], 1)
    const before = device.counts
    tf.square(x)
    expect(device.counts).toMatchObject({ dispatches: before.dispatches + 1, uploads: before.uploads + 1 })
  })

  test('gives ones, and counts the wait for them', async () => {
    const device = await startDryWebgpu('shaders')
    const before = device.counts.downloads
    expect((await tf.fill([5000], 7).data()).every((value) => value === 1)).toBe(true)
    expect(device.counts.downloads).toBe(before + 1)
  })
})

/** Upper bounds without slack: a change that raises one has to say why. */
describe('on WebGPU, SmolLM2-135M takes no more dispatches than', () => {
  test.each([
    ['float32', 828, 365],
    ['bfloat16', 833, 365],
  ] as const)('for a DPO step in %s', async (precision, passes, updates) => {
    const { gradients, optimizer } = await dryWebgpuDpoStep('shaders', 'SmolLM2-135M', 'full', precision, sizes)
    expect(gradients.dispatches).toBeLessThanOrEqual(passes)
    expect(optimizer.dispatches).toBeLessThanOrEqual(updates) // 182 tensors: the norm of each, their sum, the update of each
    expect(gradients.uploads).toBeLessThanOrEqual(85) // the tables of a batch; numbers are uploaded once for all layers
    expect(gradients.downloads).toBe(0)
  })

  test.each([
    ['float32', 306],
    ['bfloat16', 307],
  ] as const)('for a decoding step in %s', async (precision, dispatches) => {
    const step = await dryWebgpuDecodeStep('shaders', 'SmolLM2-135M', precision, sizes)
    expect(step.dispatches).toBeLessThanOrEqual(dispatches)
    expect(step.uploads).toBeLessThanOrEqual(18)
    expect(step.downloads).toBe(3) // values, ids, and mass of the shortlist
  })

  test('a fifth of what the plain formulas take', async () => {
    const sum = ({ gradients, optimizer }: Awaited<ReturnType<typeof dryWebgpuDpoStep>>) => gradients.dispatches + optimizer.dispatches
    const [own, plain] = [
      await dryWebgpuDpoStep('shaders', 'SmolLM2-135M', 'full', 'float32', sizes),
      await dryWebgpuDpoStep('operations', 'SmolLM2-135M', 'full', 'float32', sizes),
    ]
    expect(sum(own)).toBeLessThan(sum(plain) / 5)
    expect(own.gradients.peak).toBeLessThan(plain.gradients.peak)
  })
})

describe('on WebGPU, a GPU whose memory is known', () => {
  afterEach(() => setDeviceMemory('webgpu', null))
  const step = (bytes: number | null, lengths: Partial<typeof drySizes>, precision: Precision = 'float32') => {
    setDeviceMemory('webgpu', bytes)
    return dryWebgpuDpoStep('shaders', 'SmolLM2-135M', 'full', precision, { ...sizes, ...lengths })
  }

  test('computes a batch in fewer, larger parts', async () => {
    const [unknown, large] = [await step(null, { pairs: 4 }), await step(24e9, { pairs: 4 })]
    expect(large.gradients.dispatches).toBeLessThan(0.6 * unknown.gradients.dispatches)
  })

  test.each([
    ['even', 'float32', { pairs: 12 }],
    ['uneven', 'float32', { pairs: 4, chosen: 1900, rejected: 100 }],
    ['uneven', 'bfloat16', { pairs: 4, chosen: 1900, rejected: 100 }],
  ] as const)('still holds the parts of %s pairs in %s', async (_, precision, lengths) => {
    const { peak } = (await step(24e9, lengths, precision)).gradients
    expect(peak).toBeLessThan(0.5 * 24e9)
  })
})
