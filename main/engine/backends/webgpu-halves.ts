import type { Tensor } from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { outputTensor } from './webgpu-dispatch.ts'
import { dispatchElements, elementwise } from './webgpu-elementwise.ts'
import { reads, variants, writes } from './webgpu-shader.ts'

/**
 * bfloat16 on WebGPU, which needs no feature of the device: two values to a word, widened where they are read and rounded where they are
 * written. tfjs has no such type, so the tensors are labelled float32, as on TensorFlow, and only `operand.ts` and shaders may read them.
 */

/**
 * The type in which a shader can write rows of this width: in bfloat16, rows of an odd width share words, which only one thread may write.
 * Models have even widths, except for a vocabulary.
 */
export const writable = (precision: Precision, width: number): Precision => (width % 2 === 0 ? precision : 'float32')

const cast = variants((isRounded: boolean) =>
  elementwise({
    name: isRounded ? 'round' : 'widen',
    buffers: { x: reads(isRounded ? 'float32' : 'bfloat16'), y: writes(isRounded ? 'bfloat16' : 'float32') },
    value: 'fn value(i: u32) -> f32 { return x_at(i); }',
    output: 'y',
  }),
)

/** float32 -> bfloat16, to nearest even. */
export const roundHalves = (x: Tensor): Tensor => casted(x, true)

/** bfloat16 -> float32, exactly. */
export const widenHalves = (x: Tensor): Tensor => casted(x, false)

function casted(x: Tensor, isRounded: boolean): Tensor {
  const y = outputTensor(x.shape, isRounded ? 'bfloat16' : 'float32')
  dispatchElements(cast(isRounded), x.size, { buffers: { x, y } })
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
