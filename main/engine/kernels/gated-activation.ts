import type { Activation } from '../../shared/architectures.ts'
import type { Operand } from '../backends/operand.ts'
import { geglu, gegluBackward } from './geglu.ts'
import type { GluGradients } from './glu.ts'
import { swiglu, swigluBackward } from './swiglu.ts'

const kinds = {
  silu: { forward: swiglu, backward: swigluBackward },
  gelu_pytorch_tanh: { forward: geglu, backward: gegluBackward },
} satisfies Record<Activation, unknown>

/** gateUp [N, 2F], gate first -> [N, F]. */
export const gatedActivation = (gateUp: Operand, activation: Activation): Operand => kinds[activation].forward(gateUp)

/** dy [N, F], gateUp [N, 2F] -> their gradients, and the activation recomputed. */
export const gatedActivationBackward = (dy: Operand, gateUp: Operand, activation: Activation): GluGradients =>
  kinds[activation].backward(dy, gateUp)
