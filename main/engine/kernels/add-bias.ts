import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslAddBias } from './wgsl/add-bias.ts'

/** Add a bias to every row, in float32, rounded once: x [N, O], bias [O] -> [N, O]. */
export const addBias = kernel({ plain: plainAddBias, native: nativeAddBias, wgsl: wgslAddBias })

function nativeAddBias(x: Operand, bias: Tensor): Operand {
  const [y] = callKernel('LaurelAddBias', x.precision, [x.tensor, bias], {}, 1)
  return { tensor: y, precision: x.precision }
}

export function plainAddBias(x: Operand, bias: Tensor): Operand {
  return tidy(() => operand(tf.add(widen(x), bias), x.precision))
}
