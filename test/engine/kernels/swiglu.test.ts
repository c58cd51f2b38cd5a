import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasNativeKernels } from '../../../main/engine/process/backend/native-kernels.ts'
import { plainSwiglu, swiglu } from '../../../main/engine/process/kernels/swiglu.ts'
import { hasNative, useNativeBackend } from '../../support/native.ts'
import { expectClose, expectNoLeak, normalOperand, precisions } from './comparison.ts'

const sizes = [
  [1, 1],
  [1, 16],
  [3, 37],
  [2, 130],
  [640, 1536],
] as const

describe.skipIf(!hasNative)('natively', () => {
  beforeAll(useNativeBackend)

  test('the installed pack has the kernels', () => {
    expect(hasNativeKernels()).toBe(true)
  })

  describe.each(precisions)('in %s', (precision) => {
    test.each(sizes)('the activation of %i x %i is the plain formula', (N, F) => {
      expectNoLeak(() => {
        const gateUp = normalOperand([N, 2 * F], 1, precision, 3)
        expectClose(swiglu(gateUp), plainSwiglu(gateUp))
      })
    })
  })
})
