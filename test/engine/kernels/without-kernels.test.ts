import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { kernelSet } from '../../../main/engine/backends/kernel-set.ts'
import { swiglu } from '../../../main/engine/kernels/swiglu.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'

process.env.LAUREL_KERNELS = 'none' // read when a kernel is first asked for

needing(nativeLibrary).describe('LAUREL_KERNELS=none', () => {
  beforeAll(useNativeBackend)

  test('leaves TensorFlow with the plain formulas', () => {
    expect(tf.getBackend()).toBe('tensorflow')
    expect(kernelSet()).toBe('plain')
    const gateUp = tf.tensor2d([[0, 1, 5, 2]]) // F = 2: gates 0 and 1, ups 5 and 2
    const [first, second] = swiglu({ tensor: gateUp, precision: 'float32' }).tensor.dataSync()
    expect(first).toBe(0)
    expect(second).toBeCloseTo(2 / (1 + Math.exp(-1)), 6)
  })
})
