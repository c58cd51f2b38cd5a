import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { constant } from '../backends/constant.ts'
import { kernel } from '../backends/kernel-set.ts'
import { type Operand, operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { type GluGradients, nativeGlu, nativeGluBackward } from './glu.ts'
import { wgslGeglu, wgslGegluBackward } from './wgsl/glu.ts'

/**
 * Gated feed-forward activation (Shazeer 2020) with GELU's tanh approximation (Hendrycks & Gimpel 2016): `gelu(gate) up`, where
 * `gelu(g) = g (1 + tanh(u)) / 2 = g sigmoid(2 u)` with `u = sqrt(2 / pi) (g + 0.044715 g^3)`. gateUp [N, 2F], gate first -> [N, F].
 */
export const geglu = kernel({ plain: plainGeglu, native: nativeGlu('LaurelGeglu'), wgsl: wgslGeglu })

/** `dgate = dy up s (1 + gate 2 u' (1 - s))`, `dup = dy gate s`, s = sigmoid(2 u). dy [N, F], gateUp [N, 2F]. */
export const gegluBackward = kernel({
  plain: plainGegluBackward,
  native: nativeGluBackward('LaurelGegluBackward'),
  wgsl: wgslGegluBackward,
})

const factor = 2 * Math.sqrt(2 / Math.PI)
const cubic = 0.044715

/** 2 u. */
const inner = (gate: Tensor): Tensor => tf.mul(gate, tf.add(tf.mul(tf.square(gate), constant(factor * cubic)), constant(factor)))

/** Derivative of `inner`. */
const slope = (gate: Tensor): Tensor => tf.add(tf.mul(tf.square(gate), constant(3 * factor * cubic)), constant(factor))

export function plainGeglu(gateUp: Operand): Operand {
  return tidy(() => {
    const [gate, up] = tf.split(widen(gateUp), 2, 1) // [N, F] each
    return operand(tf.mul(tf.mul(gate, tf.sigmoid(inner(gate))), up), gateUp.precision)
  })
}

export function plainGegluBackward(dy: Operand, gateUp: Operand): GluGradients {
  return tidy(() => {
    const [gate, up] = tf.split(widen(gateUp), 2, 1)
    const wide = widen(dy)
    const s = tf.sigmoid(inner(gate))
    const gelu = tf.mul(gate, s)
    const dgate = tf.mul(tf.mul(wide, up), tf.add(s, tf.mul(tf.sub(gelu, tf.mul(gelu, s)), slope(gate))))
    return {
      dgateUp: operand(tf.concat([dgate, tf.mul(wide, gelu)], 1), gateUp.precision),
      activation: operand(tf.mul(gelu, up), gateUp.precision),
    }
  })
}
