import { callKernel } from '../backends/native-kernels.ts'
import type { Operand } from '../backends/operand.ts'

/** Gated linear units (Shazeer 2020): an activation of the gate, times up. They differ in the activation. */

export interface GluGradients {
  readonly dgateUp: Operand // [N, 2F]
  readonly activation: Operand // [N, F], the forward result, recomputed
}

/** The kernel `name` as a forward pass: gateUp [N, 2F], gate first -> [N, F]. */
export const nativeGlu =
  (name: string) =>
  ({ tensor, precision }: Operand): Operand => {
    const [y] = callKernel(name, precision, [tensor], {}, 1)
    return { tensor: y, precision }
  }

/** The kernel `name` as a backward pass: dy [N, F], gateUp [N, 2F]. */
export const nativeGluBackward =
  (name: string) =>
  (dy: Operand, { tensor, precision }: Operand): GluGradients => {
    const [dgateUp, activation] = callKernel(name, precision, [dy.tensor, tensor], {}, 2)
    return { dgateUp: { tensor: dgateUp, precision }, activation: { tensor: activation, precision } }
  }
