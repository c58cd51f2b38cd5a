import type { Tensor } from '@tensorflow/tfjs'
import { type Operand, operand, widen } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'

/** A bias on every row, added in float32 and rounded once: x [N, O], bias [O] -> [N, O]. */
export function addBias(x: Operand, bias: Tensor): Operand {
  return plainAddBias(x, bias)
}

export const plainAddBias = (x: Operand, bias: Tensor): Operand => tidy(() => operand(widen(x).add(bias), x.precision))
