import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect } from 'vitest'
import { operand } from '../../../../main/engine/backends/operand.ts'
import { addBias } from '../../../../main/engine/kernels/add-bias.ts'
import { geglu, gegluBackward } from '../../../../main/engine/kernels/geglu.ts'
import { addRmsNorm, rmsNormBackward } from '../../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../../main/engine/kernels/rope.ts'
import { swiglu, swigluBackward } from '../../../../main/engine/kernels/swiglu.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { normal, normalOperand } from '../../kernels/comparison.ts'
import { expectTwins, twins, useTwins } from './twins.ts'

/** Rows and widths: single values, less than a workgroup, whole workgroups, more than one tile of columns. */
const sizes = [
  [1, 1],
  [1, 16],
  [3, 37],
  [2, 130],
  [35, 576],
] as const

/** Of the host: a device's sine may be off in the fourth digit. */
function someAngles(N: number, half: number) {
  const angles = Float32Array.from({ length: N * half }, (_, i) => 10 * Math.sin(i * i))
  return { cos: tf.tensor3d(angles.map(Math.cos), [N, 1, half]), sin: tf.tensor3d(angles.map(Math.sin), [N, 1, half]) }
}

needing(softwareAdapter).describe('a WebGPU kernel matches its plain formula:', () => {
  beforeAll(useTwins)
  const { describe, test } = needing(softwareAdapter)

  test.each(sizes)('the norm with and without a branch, %i x %i', async (N, C) => {
    for (const hasBranch of [false, true]) {
      const results = await twins(() => {
        const [x, weight] = [normal([N, C], 1, 2), normal([C], 3)]
        return { ...addRmsNorm(x, hasBranch ? normalOperand([N, C], 2, 'float32') : null, weight, 1e-5, 'float32') }
      })
      expectTwins(results)
    }
  })

  test.each(sizes)("the norm's backward pass, %i x %i", async (N, C) => {
    for (const hasResidual of [false, true]) {
      const results = await twins(() => {
        const [x, weight, dy] = [normal([N, C], 1, 2), normal([C], 3), normalOperand([N, C], 4, 'float32')]
        const r = tf.add(tf.abs(normal([N, 1], 6)), 0.1)
        const { dx, dw, rounded } = rmsNormBackward(dy, x, r, weight, hasResidual ? normal([N, C], 5) : null)
        expect(rounded.tensor).toBe(dx)
        return { dx, dw }
      })
      expectTwins(results, 8)
    }
  })

  test('the norm of each head: more than one leading axis', async () => {
    const results = await twins(() => {
      const [x, weight, dy] = [normal([5, 3, 20], 1), normal([20], 2), normalOperand([5, 3, 20], 3, 'float32')]
      const { y, r } = addRmsNorm(x, null, weight, 1e-5, 'float32')
      const { dx, dw } = rmsNormBackward(dy, x, r, weight, null)
      return { y, r, dx, dw }
    })
    expectTwins(results, 4)
  })

  test('more rows than a dimension of a dispatch holds', async () => {
    expectTwins(await twins(() => ({ y: addRmsNorm(normal([66_000, 2], 1), null, normal([2], 2), 1e-5, 'float32').y })))
  })

  describe.each([
    { name: 'SwiGLU', forward: swiglu, backward: swigluBackward },
    { name: 'GeGLU', forward: geglu, backward: gegluBackward },
  ])('$name', ({ forward, backward }) => {
    test.each(sizes)('and its gradient, %i x %i', async (N, F) => {
      const results = await twins(() => {
        const [gateUp, dy] = [normalOperand([N, 2 * F], 1, 'float32', 3), normalOperand([N, F], 2, 'float32')]
        return { y: forward(gateUp), ...backward(dy, gateUp) }
      })
      expectTwins(results, 4)
    })

    test('with gates whose exponential overflows', async () => {
      const results = await twins(() => {
        const gate = tf.tensor2d([[-200, -90, -88, -1e-3, 0, 1e-3, 88, 90, 200]])
        return { y: forward(operand(tf.concat([gate, tf.onesLike(gate)], 1), 'float32')) }
      })
      expectTwins(results)
    })
  })

  test.each([
    [1, 2, 1, 2],
    [7, 4, 2, 24],
    [3, 3, 1, 38],
    [10, 9, 3, 64],
  ])('head rotation in both directions, %i tokens, %i and %i heads of %i', async (N, heads, keyValueHeads, headDim) => {
    for (const direction of [1, -1] as const) {
      const results = await twins(() => {
        const angles = someAngles(N, headDim / 2)
        const qkv = normalOperand([N, (heads + 2 * keyValueHeads) * headDim], 1, 'float32')
        return { rotated: rotateHeads(qkv, angles, { heads, keyValueHeads, headDim }, direction) }
      })
      expectTwins(results)
    }
  })

  test.each(sizes)('a bias, %i x %i', async (N, O) => {
    expectTwins(await twins(() => ({ y: addBias(normalOperand([N, O], 1, 'float32'), normal([O], 2)) })))
  })
})
