import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { type Operand, operand, widen } from '../../../main/engine/backends/operand.ts'
import type { Precision } from '../../../main/shared/train-config.ts'

export const precisions: readonly Precision[] = ['float32', 'bfloat16']

/** Seeded normally distributed numbers, by Box and Muller. (tfjs's own generator takes seconds for a million.) */
export function normal(shape: number[], seed: number, deviation = 1): Tensor {
  let state = (seed * 2654435761) >>> 0 || 1
  const uniform = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 0.5) / 2 ** 32
  }
  for (let i = 0; i < 16; i++) uniform() // so that similar seeds diverge
  const values = new Float32Array(shape.reduce((product, n) => product * n, 1))
  for (let i = 0; i < values.length; i++) values[i] = deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return tf.tensor(values, shape)
}

export const normalOperand = (shape: number[], seed: number, precision: Precision, deviation = 1): Operand =>
  operand(normal(shape, seed, deviation), precision)

export const valuesOf = (x: Tensor | Operand): Float32Array => tf.tidy(() => ('precision' in x ? widen(x) : x).dataSync() as Float32Array)

/** Two bfloat16 roundings of nearly the same number differ by at most one unit in the last place, 2^-7 of the value. */
const relative: Record<Precision, number> = { float32: 4e-6, bfloat16: 2 ** -7 }

/** Equal up to reordered float32 arithmetic, rounded to the precision. `scale`: size of the terms that were summed. */
export function expectClose(actual: Tensor | Operand, expected: Tensor | Operand, scale = 1): void {
  const precision = 'precision' in expected ? expected.precision : 'float32'
  const [a, b] = [valuesOf(actual), valuesOf(expected)]
  expect(('precision' in actual ? actual.tensor : actual).shape).toEqual(('precision' in expected ? expected.tensor : expected).shape)
  let worst = 0
  for (let i = 0; i < a.length; i++) {
    const allowed = relative[precision] * Math.abs(b[i]) + 4e-6 * scale
    const excess = Number.isNaN(a[i]) === Number.isNaN(b[i]) ? Math.abs(a[i] - b[i]) / allowed : Number.POSITIVE_INFINITY
    if (excess > worst) worst = excess
  }
  expect(worst).toBeLessThanOrEqual(1)
}

/** Bitwise equal. (Comparing long arrays value by value takes the test runner seconds.) */
export function expectSame(actual: Tensor | Operand, expected: Tensor | Operand): void {
  const [a, b] = [valuesOf(actual), valuesOf(expected)].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  )
  expect(a.equals(b)).toBe(true)
}

/** Run a body that must not leak tensors. */
export function expectNoLeak(body: () => void): void {
  const before = tf.memory().numTensors
  tf.tidy(body)
  expect(tf.memory().numTensors).toBe(before)
}

/**
 * A gradient agrees with finite differences of `f` along random directions: `(f(x + e d) - f(x - e d)) / 2 e = <gradient, d>`, to a few
 * thousandths of the sum's terms.
 */
export function expectGradient(f: (x: Tensor) => Tensor, x: Tensor, gradient: Tensor): void {
  const step = 1e-2
  for (const seed of [101, 102, 103]) {
    const direction = normal(x.shape as number[], seed)
    const [up] = tf.sum(f(tf.add(x, tf.mul(direction, step)))).dataSync()
    const [down] = tf.sum(f(tf.sub(x, tf.mul(direction, step)))).dataSync()
    const [slope] = tf.sum(tf.mul(gradient, direction)).dataSync()
    const [size] = tf.sqrt(tf.sum(tf.square(gradient))).dataSync()
    expect(Math.abs((up - down) / (2 * step) - slope)).toBeLessThan(5e-3 * size + 1e-4)
  }
}
