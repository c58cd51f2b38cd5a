import type { Precision } from '../../../shared/train-config.ts'
import { type Operand, operand } from '../../backends/operand.ts'

/**
 * The type in which a shader can write rows of this width: in bfloat16, rows of an odd width share words, which only one thread may write.
 * Models have even widths, except for a vocabulary.
 */
export const writable = (precision: Precision, width: number): Precision => (width % 2 === 0 ? precision : 'float32')

/** The same values in a precision. Frees the given ones if they have another. */
export function inPrecision(x: Operand, precision: Precision): Operand {
  if (x.precision === precision) return x
  const rounded = operand(x.tensor, precision)
  x.tensor.dispose()
  return rounded
}
