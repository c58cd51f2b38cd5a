import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { expect } from 'vitest'
import { type Operand, operand, widen } from '../../../main/engine/process/backend/operand.ts'
import type { Precision } from '../../../main/engine/train-config.ts'

export const precisions: readonly Precision[] = ['float32', 'bfloat16']

/** Seeded numbers of a normal distribution. */
export const normal = (shape: number[], seed: number, deviation = 1): Tensor => tf.randomNormal(shape, 0, deviation, 'float32', seed)

export const normalOperand = (shape: number[], seed: number, precision: Precision, deviation = 1): Operand =>
  operand(normal(shape, seed, deviation), precision)

export const valuesOf = (x: Tensor | Operand): Float32Array => ('precision' in x ? widen(x) : x).dataSync() as Float32Array

/** Half a unit in the last place of a bfloat16 is 2^-9 of the value; two roundings of nearly the same number differ by a whole one. */
const relative: Record<Precision, number> = { float32: 2e-6, bfloat16: 2 ** -7 }

/** The same up to what a different order of float32 arithmetic explains, then rounded to the precision. `scale`: size of what was summed. */
export function expectClose(actual: Tensor | Operand, expected: Tensor | Operand, scale = 1): void {
  const precision = 'precision' in expected ? expected.precision : 'float32'
  const [a, b] = [valuesOf(actual), valuesOf(expected)]
  expect(a.length).toBe(b.length)
  let worst = 0
  for (let i = 0; i < a.length; i++) {
    const allowed = relative[precision] * Math.abs(b[i]) + 4e-6 * scale
    worst = Math.max(worst, Math.abs(a[i] - b[i]) / allowed)
    if (Number.isNaN(a[i]) !== Number.isNaN(b[i])) worst = Number.POSITIVE_INFINITY
  }
  expect(worst).toBeLessThanOrEqual(1)
}

/** A body that leaves as many tensors as it found. */
export function expectNoLeak(body: () => void): void {
  const before = tf.memory().numTensors
  tf.tidy(body)
  expect(tf.memory().numTensors).toBe(before)
}
