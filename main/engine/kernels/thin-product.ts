import { kernel } from '../backends/kernel-set.ts'
import { callKernel, thinRows } from '../backends/native-kernels.ts'
import { type Operand, product } from '../backends/operand.ts'

/**
 * `x W^T` with W as checkpoints store it: x [N, I], W [O, I] -> [N, O]. While decoding, x has a row per sequence, and the library's product
 * would spend most of its time on rearranging W; the native kernel doesn't. Sums are float32, rounded once.
 */
export const timesTransposed = kernel({ plain: plainTimesTransposed, native: nativeTimesTransposed })

function nativeTimesTransposed(x: Operand, weight: Operand): Operand {
  const [N] = x.tensor.shape
  if (N === 0 || N > thinRows(x.precision)) return plainTimesTransposed(x, weight)
  const [y] = callKernel('LaurelThinProduct', x.precision, [x.tensor, weight.tensor], {}, 1)
  return { tensor: y, precision: x.precision }
}

export function plainTimesTransposed(x: Operand, weight: Operand): Operand {
  return product(x, weight, { transposeB: true })
}
