import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { type Operand, operand } from '../../main/engine/backends/operand.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { valuesWithoutPattern } from '../growth/random-model.ts'

/** Sizes of the tensors for measuring kernels: by default SmolLM2-135M's, for about one micro-batch. */
export interface KernelShape {
  readonly tokens: number // N
  readonly hidden: number // C
  readonly intermediate: number // F
  readonly heads: number // H
  readonly keyValueHeads: number // KV
  readonly headDim: number // D
  readonly vocabulary: number // V
  /** The number of logit rows in training and in sampling. */
  readonly rows: number
  readonly sequences: number
}

/** A kernel and its plain twin, on the same tensors. The caller disposes of what they return. */
export interface KernelWork {
  /** As the engine calls it: the native kernel if there is one. */
  readonly fused: () => unknown
  readonly plain: () => unknown
  /** The minimum number of bytes read and written. */
  readonly bytes: number
  /** Floating-point operations of its matrix products, if any. */
  readonly flops?: number
}

/** One line of the table. `prepare` creates the tensors, which live until the enclosing scope ends. */
export interface KernelEntry {
  readonly name: string
  readonly prepare: (shape: KernelShape, precision: Precision) => KernelWork
}

let made = 0

/** Numbers without a pattern between -scale and scale, others each time. */
export function noise(shape: number[], scale = 1): Tensor {
  const columns = shape.at(-1)!
  const rows = shape.reduce((product, n) => product * n, 1) / columns
  return tf.tensor(valuesWithoutPattern(rows, columns, scale / Math.sqrt(3), `${made++}`), shape)
}

/** The same in a precision. */
export const noisy = (shape: number[], precision: Precision, scale = 1): Operand => operand(noise(shape, scale), precision)

const widths = { float32: 4, bfloat16: 2 }

/** Bytes that a kernel reads or writes. */
export function bytesOf(...values: readonly (Tensor | Operand)[]): number {
  return values.reduce((sum, value) => {
    const [tensor, precision] = 'precision' in value ? [value.tensor, value.precision] : [value, 'float32' as const]
    return sum + tensor.size * widths[precision]
  }, 0)
}

/** A copy that may be overwritten. */
export const copyOf = (x: Operand): Operand => ({ ...x, tensor: x.tensor.clone() })
