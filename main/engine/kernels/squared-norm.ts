import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { callKernel, hasNativeKernels } from '../backends/native-kernels.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'

/** Sum of squares, a scalar. */
export function squaredNorm(x: Operand): Tensor {
  if (!hasNativeKernels()) return plainSquaredNorm(x)
  return callKernel('LaurelSquaredNorm', x.precision, [x.tensor], {}, 1)[0]
}

export const plainSquaredNorm = (x: Operand): Tensor => tidy(() => tf.sum(tf.square(widen(x))))
