import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { kernelSet } from '../../../main/engine/backends/kernel-set.ts'
import { matMul, operand, product, widen } from '../../../main/engine/backends/operand.ts'
import { addBias, plainAddBias } from '../../../main/engine/kernels/add-bias.ts'
import { geglu, gegluBackward, plainGeglu, plainGegluBackward } from '../../../main/engine/kernels/geglu.ts'
import { addRmsNorm, plainAddRmsNorm, plainRmsNormBackward, rmsNormBackward } from '../../../main/engine/kernels/rms-norm.ts'
import { plainRotateHeads, rotateHeads } from '../../../main/engine/kernels/rope.ts'
import { plainSwiglu, plainSwigluBackward, swiglu, swigluBackward } from '../../../main/engine/kernels/swiglu.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { expectClose, expectNoLeak, expectSame, normal, normalOperand, precisions } from './comparison.ts'

/** Rows and widths: single values, whole vector registers, partial registers, and a model's own. */
const sizes = [
  [1, 1],
  [1, 16],
  [3, 37],
  [2, 130],
  [150, 576],
  [33, 1536],
] as const

const glus = [
  { name: 'SwiGLU', forward: swiglu, backward: swigluBackward, plain: plainSwiglu, plainBackward: plainSwigluBackward },
  { name: 'GeGLU', forward: geglu, backward: gegluBackward, plain: plainGeglu, plainBackward: plainGegluBackward },
]

needing(nativeLibrary).describe('a native kernel matches its plain formula:', () => {
  beforeAll(useNativeBackend)

  test('the installed pack has the kernels', () => {
    expect(kernelSet()).toBe('native')
  })

  describe.each(precisions)('in %s', (precision) => {
    describe.each(glus)('$name', ({ forward, backward, plain, plainBackward }) => {
      test.each(sizes)('%i x %i', (N, F) => {
        expectNoLeak(() => {
          const gateUp = normalOperand([N, 2 * F], 1, precision, 3)
          const dy = normalOperand([N, F], 2, precision)
          expectClose(forward(gateUp), plain(gateUp))
          const [native, formula] = [backward(dy, gateUp), plainBackward(dy, gateUp)]
          expectClose(native.dgateUp, formula.dgateUp)
          expectClose(native.activation, formula.activation)
          expectClose(native.activation, forward(gateUp))
        })
      })

      test('with extreme inputs', () => {
        expectNoLeak(() => {
          const gate = tf.tensor2d([[-200, -90, -88, -1e-3, 0, 1e-3, 88, 90, 200, Number.NaN]])
          const gateUp = { tensor: tf.concat([gate, tf.onesLike(gate)], 1), precision: 'float32' } as const
          expectClose(forward(gateUp), plain(gateUp))
        })
      })
    })

    test.each(sizes)('the norm with and without a branch, %i x %i', (N, C) => {
      expectNoLeak(() => {
        const [x, weight] = [normal([N, C], 1, 2), normal([C], 3)]
        for (const branch of [null, normalOperand([N, C], 2, precision)]) {
          const native = addRmsNorm(x, branch, weight, 1e-5, precision)
          const plain = plainAddRmsNorm(x, branch, weight, 1e-5, precision)
          expect(native.sum === x).toBe(branch === null)
          expectClose(native.sum, plain.sum, 0)
          expectClose(native.r, plain.r)
          expectClose(native.y, plain.y)
        }
      })
    })

    test.each(sizes)("the norm's backward pass, %i x %i", (N, C) => {
      expectNoLeak(() => {
        const [x, weight, dy] = [normal([N, C], 1, 2), normal([C], 3), normalOperand([N, C], 4, precision)]
        const { r } = plainAddRmsNorm(x, null, weight, 1e-5, precision)
        for (const residual of [null, normal([N, C], 5)]) {
          const native = rmsNormBackward(dy, x, r, weight, residual)
          const plain = plainRmsNormBackward(dy, x, r, weight, residual)
          expectClose(native.dx, plain.dx)
          expectClose(native.rounded, plain.rounded)
          expectClose(native.dw, plain.dw, Math.sqrt(N))
        }
      })
    })

    test('the per-head norm: more than one leading axis', () => {
      expectNoLeak(() => {
        const [x, weight, dy] = [normal([5, 3, 20], 1), normal([20], 2), normalOperand([5, 3, 20], 3, precision)]
        const native = addRmsNorm(x, null, weight, 1e-5, precision)
        const plain = plainAddRmsNorm(x, null, weight, 1e-5, precision)
        expectClose(native.y, plain.y)
        expectClose(native.r, plain.r)
        expectClose(rmsNormBackward(dy, x, native.r, weight, null).dw, plainRmsNormBackward(dy, x, plain.r, weight, null).dw)
      })
    })

    test.each([
      [1, 2, 1, 2],
      [7, 4, 2, 24],
      [3, 3, 1, 38],
      [100, 9, 3, 64],
    ])('head rotation in both directions, %i tokens, %i and %i heads of %i', (N, heads, keyValueHeads, headDim) => {
      expectNoLeak(() => {
        const shape = { heads, keyValueHeads, headDim }
        const qkv = normalOperand([N, (heads + 2 * keyValueHeads) * headDim], 1, precision)
        const angle = normal([N, 1, headDim / 2], 2, 10)
        const angles = { cos: tf.cos(angle), sin: tf.sin(angle) }
        for (const direction of [1, -1] as const) {
          expectClose(rotateHeads(qkv, angles, shape, direction), plainRotateHeads(qkv, angles, shape, direction))
        }
      })
    })

    test.each([
      [[3, 17], [17, 5], { transposeA: false, transposeB: false }],
      [[17, 3], [5, 17], { transposeA: true, transposeB: true }],
      [[2, 3, 17], [2, 5, 17], { transposeA: false, transposeB: true }],
    ])("a product in its operands' precision, %j by %j", (left, right, options) => {
      expectNoLeak(() => {
        const [a, b] = [normalOperand(left, 1, precision), normalOperand(right, 2, precision)]
        const narrow = product(a, b, options)
        expect(narrow.precision).toBe(precision)
        const exact = tf.matMul(widen(a), widen(b), options.transposeA, options.transposeB)
        expectClose(narrow, operand(exact, precision), 20)
        expectSame(narrow, matMul(a, b, options))
      })
    })

    test.each(sizes)('a bias, %i x %i', (N, O) => {
      expectNoLeak(() => {
        const [x, bias] = [normalOperand([N, O], 1, precision), normal([O], 2)]
        expectClose(addBias(x, bias), plainAddBias(x, bias))
      })
    })
  })
})
