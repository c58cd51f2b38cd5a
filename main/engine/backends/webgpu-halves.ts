import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { rowsThatFit } from './device-state.ts'
import { outputTensor, submitCommands } from './webgpu-dispatch.ts'
import { dispatchElements, elementwise } from './webgpu-elementwise.ts'
import { reads, writes } from './webgpu-shader.ts'

/**
 * bfloat16 on WebGPU, which needs no feature of the device: two values to a word, widened where they are read and rounded where they are
 * written. tfjs has no such type, so the tensors are labelled float32, as on TensorFlow, and only `operand.ts` and shaders may read them.
 */

/**
 * The type in which a shader can write rows of this width: in bfloat16, rows of an odd width share words, which only one thread may write.
 * Models have even widths, except for a vocabulary.
 */
export const writable = (precision: Precision, width: number): Precision => (width % 2 === 0 ? precision : 'float32')

const round = elementwise({
  name: 'round',
  buffers: { x: reads(), y: writes('bfloat16') },
  numbers: { first: 'u32' },
  value: 'fn value(i: u32) -> f32 { return x_at(i); }',
  output: 'y',
  at: 'numbers.first + i',
})

/** float32 -> bfloat16, to nearest even. */
export function roundHalves(x: Tensor): Tensor {
  const y = outputTensor(x.shape, 'bfloat16')
  dispatchElements(round, x.size, { buffers: { x, y }, numbers: { first: 0 } })
  return y
}

/** Values that are uploaded together: an even number, because two share a word. */
const PIECE = 2 ** 22

/** Like `roundHalves`, for values of the host: in pieces, so that the device never holds all of them in float32. */
export function uploadHalves(values: Float32Array, shape: readonly number[]): Tensor {
  const y = outputTensor(shape, 'bfloat16')
  const piece = 2 * rowsThatFit(2, PIECE / 2)
  for (let first = 0; first < values.length; first += piece) {
    const x = tf.tensor1d(values.subarray(first, first + piece))
    dispatchElements(round, x.size, { buffers: { x, y }, numbers: { first } })
    x.dispose()
    submitCommands() // so that the next piece takes its buffer
  }
  return y
}

const widen = elementwise({
  name: 'widen',
  buffers: { x: reads('bfloat16'), y: writes() },
  value: 'fn value(i: u32) -> f32 { return x_at(i); }',
  output: 'y',
})

/** bfloat16 -> float32, exactly. */
export function widenHalves(x: Tensor): Tensor {
  const y = outputTensor(x.shape)
  dispatchElements(widen, x.size, { buffers: { x, y } })
  return y
}

const take = elementwise({
  name: 'take-rows',
  buffers: { x: reads('bfloat16'), indices: reads('int32'), y: writes('bfloat16') },
  numbers: { width: 'u32' },
  value: 'fn value(i: u32) -> f32 { return x_at(u32(indices[i / numbers.width]) * numbers.width + i % numbers.width); }',
  output: 'y',
})

/** Rows of a bfloat16 tensor: x [N, ...], indices [M] int32 -> [M, ...]. */
export function takeHalves(x: Tensor, indices: Tensor): Tensor {
  const y = outputTensor([...indices.shape, ...x.shape.slice(1)], 'bfloat16')
  dispatchElements(take, y.size, { buffers: { x, indices, y }, numbers: { width: x.size / x.shape[0] } })
  return y
}

const join = elementwise({
  name: 'join-rows',
  buffers: { a: reads('bfloat16'), b: reads('bfloat16'), y: writes('bfloat16') },
  numbers: { first: 'u32' },
  value: 'fn value(i: u32) -> f32 { if (i < numbers.first) { return a_at(i); } return b_at(i - numbers.first); }',
  output: 'y',
})

/** bfloat16 tensors one after the other, along axis 0. */
export function joinHalves(a: Tensor, b: Tensor): Tensor {
  const y = outputTensor([a.shape[0] + b.shape[0], ...a.shape.slice(1)], 'bfloat16')
  dispatchElements(join, y.size, { buffers: { a, b, y }, numbers: { first: a.size } })
  return y
}
