import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { tidy } from '../backend/tidy.ts'

/** Gated feed-forward activation (Shazeer 2020): `silu(gate) * up`. gateUp [N, 2F], gate first -> [N, F]. */
export function swiglu(gateUp: Tensor): Tensor {
  return tidy(() => {
    const [gate, up] = tf.split(gateUp, 2, 1) // [N, F] each
    return gate.mul(tf.sigmoid(gate)).mul(up)
  })
}

/** `dgate = dy up s (1 + gate (1 - s))`, `dup = dy gate s`, s = sigmoid(gate). dy [N, F] -> [N, 2F]. */
export function swigluBackward(dy: Tensor, gateUp: Tensor): Tensor {
  return tidy(() => {
    const [gate, up] = tf.split(gateUp, 2, 1)
    const s = tf.sigmoid(gate)
    const silu = gate.mul(s)
    const dgate = dy.mul(up).mul(s.add(silu).sub(silu.mul(s)))
    return tf.concat([dgate, dy.mul(silu)], 1)
  })
}
