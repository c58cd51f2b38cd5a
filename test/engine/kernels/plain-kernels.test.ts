import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { kernelSet } from '../../../main/engine/backends/kernel-set.ts'
import { type Operand, product } from '../../../main/engine/backends/operand.ts'
import { geglu, gegluBackward } from '../../../main/engine/kernels/geglu.ts'
import { addRmsNorm, rmsNormBackward } from '../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../main/engine/kernels/rope.ts'
import { shortlist } from '../../../main/engine/kernels/shortlist.ts'
import { swiglu, swigluBackward } from '../../../main/engine/kernels/swiglu.ts'
import { scoreLogits, scoreLogitsBackward, targetTokens } from '../../../main/engine/kernels/token-scores.ts'
import { usePlainBackend } from '../../support/native.ts'
import { expectGradient, expectNoLeak, normal, normalOperand, valuesOf } from './comparison.ts'

const float = (tensor: Tensor): Operand => ({ tensor, precision: 'float32' })

describe('the plain formulas, which serve every backend:', () => {
  beforeAll(usePlainBackend)

  test('no kernel is native here', () => {
    expect(kernelSet()).toBe('plain')
  })

  test("the norm's gradients of input and weight match finite differences", () => {
    expectNoLeak(() => {
      const [x, weight, dy, residual] = [normal([4, 9], 1), normal([9], 2), normal([4, 9], 3), normal([4, 9], 4)]
      const { r } = addRmsNorm(x, null, weight, 1e-5, 'float32')
      const { dx, dw, rounded } = rmsNormBackward(float(dy), x, r, weight, residual)
      const weighted = (input: Tensor, w: Tensor) => tf.mul(addRmsNorm(input, null, w, 1e-5, 'float32').y.tensor, dy)
      expectGradient((input) => tf.add(weighted(input, weight), tf.mul(input, residual)), x, dx)
      expectGradient((w) => weighted(x, w), weight, dw)
      expect(rounded.tensor).toBe(dx)
    })
  })

  test('the sum before the norm includes the branch', () => {
    expectNoLeak(() => {
      const [x, branch] = [normal([2, 5], 1), normal([2, 5], 2)]
      const { sum, y } = addRmsNorm(x, float(branch), tf.ones([5]), 0, 'float32')
      expect([...valuesOf(sum)]).toEqual([...valuesOf(tf.add(x, branch))])
      expect(valuesOf(y).reduce((total, value) => total + value * value, 0)).toBeCloseTo(10, 4) // each row's mean square is 1
    })
  })

  test.each([
    { name: 'SwiGLU', forward: swiglu, backward: swigluBackward },
    { name: 'GeGLU', forward: geglu, backward: gegluBackward },
  ])("$name's gradient matches finite differences, and its result is recomputed", ({ forward, backward }) => {
    expectNoLeak(() => {
      const [gateUp, dy] = [normal([3, 14], 1), normal([3, 7], 2)]
      const { dgateUp, activation } = backward(float(dy), float(gateUp))
      expectGradient((input) => tf.mul(forward(float(input)).tensor, dy), gateUp, dgateUp.tensor)
      expect([...valuesOf(activation)]).toEqual([...valuesOf(forward(float(gateUp)))])
    })
  })

  test('heads rotate back to the start; values are unchanged', () => {
    expectNoLeak(() => {
      const shape = { heads: 2, keyValueHeads: 1, headDim: 6 }
      const [qkv, angle] = [normal([3, 24], 1), normal([3, 1, 3], 2)]
      const angles = { cos: tf.cos(angle), sin: tf.sin(angle) }
      const there = rotateHeads(float(qkv), angles, shape, 1)
      const back = rotateHeads(there, angles, shape, -1)
      expect(tf.max(tf.abs(tf.sub(back.tensor, qkv))).dataSync()[0]).toBeLessThan(1e-6)
      expect([...valuesOf(tf.slice(there.tensor, [0, 18], [3, 6]))]).toEqual([...valuesOf(tf.slice(qkv, [0, 18], [3, 6]))])
    })
  })

  test("token scores are the softmax's, and their gradient matches finite differences", () => {
    expectNoLeak(() => {
      const [logits, g] = [normal([3, 8], 1), normal([3], 2)]
      const targets = targetTokens([2, 7, 0])
      const scores = scoreLogits(float(logits), targets)
      const p = tf.softmax(logits)
      const entropy = tf.neg(tf.sum(tf.mul(p, tf.log(p)), 1))
      expect(tf.max(tf.abs(tf.sub(scores.entropy, entropy))).dataSync()[0]).toBeLessThan(1e-5)
      const dlogits = scoreLogitsBackward(g, float(p), targets)
      expectGradient((input) => tf.mul(scoreLogits(float(input), targets).logprobs, g), logits, dlogits.tensor)
    })
  })

  test('a shortlist is the start of the sorted row, with the total mass', () => {
    expectNoLeak(() => {
      const { values, ids, mass } = shortlist(float(tf.tensor2d([[1, 3, 3, 0]])), 2, 3)
      expect([...valuesOf(values)]).toEqual([3, 3, 1])
      expect([...ids.dataSync()]).toEqual([1, 2, 0])
      expect(mass.dataSync()[0]).toBeCloseTo(2 + Math.exp(-1) + Math.exp(-1.5), 5)
    })
  })

  test("a product keeps its operands' precision", () => {
    expectNoLeak(() => {
      const [a, b] = [normalOperand([2, 3], 1, 'float32'), normalOperand([4, 3], 2, 'float32')]
      const { tensor, precision } = product(a, b, { transposeB: true })
      expect(precision).toBe('float32')
      expect([...tensor.dataSync()]).toEqual([...tf.matMul(a.tensor, b.tensor, false, true).dataSync()])
    })
  })
})
