import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DryBinding } from '../../bench/harness/dry-binding.ts'
import { type DryStep, dryDecodeStep, dryDpoStep, drySizes, startDry } from '../../bench/harness/dry-work.ts'
import { constant } from '../../main/engine/backends/constant.ts'
import { setDeviceMemory } from '../../main/engine/backends/device-state.ts'
import { replay, withoutReplay } from '../../main/engine/backends/functions/replay.ts'

let binding: DryBinding
beforeAll(async () => {
  binding = await startDry()
})

describe('the dry binding', () => {
  test('counts a number in a formula as an upload, and an operation on the device by its bytes', () => {
    const x = tf.fill([10, 100], 1)
    const before = binding.counts
    tf.mul(x, 0.5)
    expect(binding.counts).toMatchObject({ operations: before.operations + 1, uploads: before.uploads + 1 })
    expect(binding.counts.moved - before.moved).toBe(4 * (1000 + 1 + 1000))
  })

  test('counts a constant of a formula once, in the first formula that uses it', () => {
    const x = tf.fill([10, 100], 1)
    tf.mul(x, constant(0.125))
    const before = binding.counts.uploads
    tf.mul(x, constant(0.125))
    expect(binding.counts.uploads).toBe(before)
  })

  test('counts indices that a kernel wants on the device once per tensor', () => {
    const [x, indices] = [tf.fill([10, 100], 1), tf.tensor1d([3, 4], 'int32')]
    const before = binding.counts
    expect(tf.gather(x, indices).shape).toEqual([2, 100])
    tf.gather(x, indices)
    expect(binding.counts.intCopies).toBe(before.intCopies + 1)
  })

  test('counts what int32 arithmetic takes back to the host', () => {
    const best = tf.argMax(tf.fill([10, 100], 1), 1)
    const before = binding.counts
    tf.add(best, tf.tensor1d(new Int32Array(10), 'int32'))
    expect(binding.counts).toMatchObject({ intCopies: before.intCopies + 1, intCopiesBack: before.intCopiesBack + 1 })
  })

  test('knows how much memory was in use at most: a reshaped tensor takes none', () => {
    const x = tf.fill([1000], 0)
    binding.restartPeak()
    const before = binding.peak
    for (const shape of [[10, 100], [1000]]) tf.neg(tf.reshape(x, shape)).dispose()
    expect(binding.peak - before).toBe(4000)
  })

  test('downloads ones, and waits for them', async () => {
    const before = binding.counts.downloads
    expect([...(await tf.fill([3], 7).data())]).toEqual([1, 1, 1])
    expect(binding.counts.downloads).toBe(before + 1)
  })

  test('counts a replayed function as one operation, and inside it what its operations would take', () => {
    const x = tf.fill([10, 100], 1)
    const work = () => {
      const [left, right] = tf.split(tf.exp(tf.mul(x, constant(0.5))), 2, 1)
      return { sum: tf.sum(tf.mul(left, right), 1), places: tf.topk(right, 3).indices }
    }
    const figures = (run: () => { readonly sum: tf.Tensor; readonly places: tf.Tensor }) => {
      const before = binding.counts
      binding.restartPeak()
      const from = binding.peak
      const shapes = tf.tidy(() => Object.values(run()).map(({ shape, dtype }) => ({ shape, dtype })))
      const { operations, kernels, moved } = binding.counts
      return {
        operations: operations - before.operations,
        rest: [kernels - before.kernels, moved - before.moved, binding.peak - from, shapes],
      }
    }
    const alone = figures(() => withoutReplay(work))
    figures(() => replay('work', [x], work)) // recorded
    const replayed = figures(() => replay('work', [x], work))
    expect(alone.operations).toBe(6)
    expect(replayed.operations).toBe(1)
    const [kernels, moved, peak, shapes] = alone.rest
    expect(replayed.rest).toEqual([kernels, moved, expect.any(Number), shapes])
    expect(replayed.rest[2]).toBeLessThan(peak as number) // what isn't needed any more is freed inside
  })

  test('fails on an operation whose result it does not know', () => {
    expect(() => tf.erf(tf.fill([3], 1))).toThrow('no rule for Erf')
  })
})

const sizes = { ...drySizes, text: 164 }

const sumOf = ({ gradients, optimizer }: DryStep, key: 'operations' | 'waits'): number => gradients[key] + optimizer[key]

/** Upper bounds without slack: a change that raises one has to say why. */
describe('on a GPU, the plain kernels of SmolLM2-135M take no more than', () => {
  test('for a DPO step', async () => {
    const step = await dryDpoStep('SmolLM2-135M', 'full', 'bfloat16', sizes)
    expect(sumOf(step, 'operations')).toBeLessThanOrEqual(167)
    expect(sumOf(step, 'waits')).toBeLessThanOrEqual(32)
    expect(step.gradients.intCopiesBack).toBe(0)
    expect(step.gradients.peak).toBeLessThanOrEqual(2.64e9)
    expect(step.optimizer.peak).toBeLessThanOrEqual(2.78e9)
  })

  test('for a DPO step of adapters', async () => {
    const step = await dryDpoStep('SmolLM2-135M', 'lora', 'bfloat16', sizes)
    expect(sumOf(step, 'operations')).toBeLessThanOrEqual(164)
    expect(sumOf(step, 'waits')).toBeLessThanOrEqual(31)
    expect(step.gradients.peak).toBeLessThanOrEqual(0.75e9)
  })

  test('for a decoding step of 64 sequences', async () => {
    const step = await dryDecodeStep('SmolLM2-135M', 'bfloat16', sizes)
    expect(step.operations).toBeLessThanOrEqual(41)
    expect(step.waits).toBeLessThanOrEqual(13)
    expect(step.peak).toBeLessThanOrEqual(0.46e9)
  })
})

describe('a GPU whose memory is known', () => {
  afterEach(() => setDeviceMemory('tensorflow', null))
  const step = (bytes: number | null, lengths: Partial<typeof drySizes>) => {
    setDeviceMemory('tensorflow', bytes)
    return dryDpoStep('SmolLM2-135M', 'full', 'bfloat16', { ...sizes, ...lengths })
  }

  test('computes a batch in fewer, larger parts', async () => {
    const [unknown, small, large] = [await step(null, { pairs: 4 }), await step(4e9, { pairs: 4 }), await step(24e9, { pairs: 4 })]
    expect(small.gradients.kernels).toBe(unknown.gradients.kernels)
    expect(large.gradients.kernels).toBeLessThan(0.6 * unknown.gradients.kernels)
  })

  test.each([
    ['even', { pairs: 12 }],
    ['uneven', { pairs: 4, chosen: 1900, rejected: 100 }],
  ])('still holds the parts of %s pairs', async (_, lengths) => {
    expect((await step(24e9, lengths)).gradients.peak).toBeLessThan(0.3 * 24e9)
  })
})

test('adapters of an 8B model train on a GPU of 24 GB, in few operations', async () => {
  const step = await dryDpoStep('Llama-3-8B', 'lora', 'bfloat16', sizes)
  expect(Math.max(step.gradients.peak, step.optimizer.peak)).toBeLessThanOrEqual(18e9)
  expect(sumOf(step, 'operations')).toBeLessThanOrEqual(170)
})

test('adapters of an 8B model train on a GPU of 24 GB with a prompt and responses of 2,048 tokens', async () => {
  const step = await dryDpoStep('Llama-3-8B', 'lora', 'bfloat16', { ...sizes, prompt: 2048, chosen: 2048, rejected: 2048 })
  expect(Math.max(step.gradients.peak, step.optimizer.peak)).toBeLessThanOrEqual(22.9e9)
})

test('a step of four pairs in two micro-batches takes at most 600 operations', async () => {
  const step = await dryDpoStep('SmolLM2-135M', 'full', 'bfloat16', { ...sizes, pairs: 4 })
  expect(sumOf(step, 'operations')).toBeLessThanOrEqual(600)
})

test('an 8B model has its peaks in shapes alone', async () => {
  const step = await dryDpoStep('Llama-3-8B', 'full', 'bfloat16', sizes)
  expect(step.gradients.peak / 1e9).toBeCloseTo(134.8, 0)
  expect(process.memoryUsage().rss).toBeLessThan(2e9)
})
