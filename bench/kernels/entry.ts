import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { type Operand, operand } from '../../main/engine/process/backend/operand.ts'
import type { Precision } from '../../main/engine/train-config.ts'

/** Sizes of the tensors that kernels are measured on: by default SmolLM2-135M's, at about one micro-batch. */
export interface KernelShape {
  readonly tokens: number // N
  readonly hidden: number // C
  readonly intermediate: number // F
  readonly heads: number // H
  readonly keyValueHeads: number // KV
  readonly headDim: number // D
  readonly vocabulary: number // V
  /** Rows of logits in training and in sampling. */
  readonly rows: number
  readonly sequences: number
}

/** A kernel beside its plain twin, on tensors that both read. What they return is freed by whoever calls. */
export interface KernelWork {
  /** As the engine calls it: the native kernel where there is one. */
  readonly fused: () => unknown
  readonly plain: () => unknown
  /** What must be read and written at least. */
  readonly bytes: number
  /** Floating-point operations of its matrix products, where it has any. */
  readonly flops?: number
}

/** One line of the table. `prepare` makes the tensors; they live until the enclosing scope ends. */
export interface KernelEntry {
  readonly name: string
  readonly prepare: (shape: KernelShape, precision: Precision) => KernelWork
}

/** Numbers without a pattern. */
export const noise = (shape: number[], scale = 1): Tensor => tf.randomUniform(shape, -scale, scale, 'float32', shape.length)

/** The same in a precision. */
export const noisy = (shape: number[], precision: Precision, scale = 1): Operand => operand(noise(shape, scale), precision)

const widths = { float32: 4, bfloat16: 2 }

/** Bytes of what a kernel reads or writes. */
export function bytesOf(...values: readonly (Tensor | Operand)[]): number {
  return values.reduce((sum, value) => {
    const [tensor, precision] = 'precision' in value ? [value.tensor, value.precision] : [value, 'float32' as const]
    return sum + tensor.size * widths[precision]
  }, 0)
}

/** A copy that may be used up. */
export const copyOf = (x: Operand): Operand => ({ ...x, tensor: x.tensor.clone() })
