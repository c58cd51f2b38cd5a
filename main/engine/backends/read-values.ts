import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { isNative } from './raw-ops.ts'

/** Reads rows of a tensor's values in chunks. Consume each chunk before requesting the next. */
export type ReadRows = (tensor: Tensor, from?: number, rows?: number) => Iterable<Float32Array>

/** Values per chunk, so that the host never holds a large tensor as a whole. */
const PIECE = 1 << 22

/**
 * A synchronous reader of tensors, for writing files. If the backend reads synchronously, values are fetched on demand so that there is no
 * second copy of the model; WebGPU can't, so everything is fetched up front.
 */
export async function readerOf(tensors: readonly Tensor[]): Promise<ReadRows> {
  if (tf.getBackend() !== 'webgpu') return readRows
  const values = new Map<Tensor, Float32Array>()
  for (const tensor of tensors) values.set(tensor, await tensor.data<'float32'>())
  return (tensor, from = 0, rows = tensor.shape[0] - from) => {
    const width = tensor.size / tensor.shape[0]
    return [(values.get(tensor) as Float32Array).subarray(from * width, (from + rows) * width)]
  }
}

function* readRows(tensor: Tensor, from = 0, rows = tensor.shape[0] - from): Generator<Float32Array> {
  const [, ...row] = tensor.shape
  const atOnce = Math.max(1, Math.floor((PIECE * tensor.shape[0]) / tensor.size))
  for (let done = 0; done < rows; done += atOnce) {
    const size = [Math.min(atOnce, rows - done), ...row]
    const piece = tf.slice(tensor, [from + done, ...row.map(() => 0)], size)
    const values = piece.dataSync<'float32'>()
    piece.dispose()
    yield values
    if (isNative()) (values.buffer as ArrayBuffer).transfer(0) // free it now instead of waiting for the garbage collector
  }
}
