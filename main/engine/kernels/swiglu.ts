import * as tf from '@tensorflow/tfjs-core'
import { kernel } from '../backends/kernel-set.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { type GluGradients, nativeGlu, nativeGluBackward } from './glu.ts'
import { wgslSwiglu, wgslSwigluBackward } from './wgsl/glu.ts'

/** Gated feed-forward activation (Shazeer 2020): `silu(gate) up`. gateUp [N, 2F], gate first -> [N, F]. */
export const swiglu = kernel({ plain: plainSwiglu, native: nativeGlu('LaurelSwiglu'), wgsl: wgslSwiglu })

/** `dgate = dy up s (1 + gate (1 - s))`, `dup = dy gate s`, s = sigmoid(gate). dy [N, F], gateUp [N, 2F]. */
export const swigluBackward = kernel({
  plain: plainSwigluBackward,
  native: nativeGluBackward('LaurelSwigluBackward'),
  wgsl: wgslSwigluBackward,
})

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
