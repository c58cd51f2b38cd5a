import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { callKernel } from '../backends/native-kernels.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { wgslSwiglu, wgslSwigluBackward } from './wgsl/glu.ts'

export interface GluGradients {
  readonly dgateUp: Operand // [N, 2F]
  readonly activation: Operand // [N, F], the forward result, recomputed
}

/** Gated feed-forward activation (Shazeer 2020): `silu(gate) up`. gateUp [N, 2F], gate first -> [N, F]. */
export const swiglu = kernel({ plain: plainSwiglu, native: nativeSwiglu, wgsl: wgslSwiglu })

function nativeSwiglu(gateUp: Operand): Operand {
  const [y] = callKernel('LaurelSwiglu', gateUp.precision, [gateUp.tensor], {}, 1)
  return { tensor: y, precision: gateUp.precision }
}

/** `dgate = dy up s (1 + gate (1 - s))`, `dup = dy gate s`, s = sigmoid(gate). dy [N, F], gateUp [N, 2F]. */
export const swigluBackward = kernel({ plain: plainSwigluBackward, native: nativeSwigluBackward, wgsl: wgslSwigluBackward })

function nativeSwigluBackward(dy: Operand, gateUp: Operand): GluGradients {
  const { precision } = gateUp
  const [dgateUp, activation] = callKernel('LaurelSwigluBackward', precision, [dy.tensor, gateUp.tensor], {}, 2)
  return { dgateUp: { tensor: dgateUp, precision }, activation: { tensor: activation, precision } }
}

export function plainSwiglu(gateUp: Operand): Operand {
  return tidy(() => {
    const [gate, up] = tf.split(widen(gateUp), 2, 1) // [N, F] each
    return operand(tf.mul(tf.mul(gate, tf.sigmoid(gate)), up), gateUp.precision)
  })
}

export function plainSwigluBackward(dy: Operand, gateUp: Operand): GluGradients {
  return tidy(() => {
    const [gate, up] = tf.split(widen(gateUp), 2, 1)
    const wide = widen(dy)
    const s = tf.sigmoid(gate)
    const silu = tf.mul(gate, s)
    const dgate = tf.mul(tf.mul(wide, up), tf.sub(tf.add(s, silu), tf.mul(silu, s)))
    return {
      dgateUp: operand(tf.concat([dgate, tf.mul(wide, silu)], 1), gateUp.precision),
      activation: operand(tf.mul(silu, up), gateUp.precision),
    }
  })
}
