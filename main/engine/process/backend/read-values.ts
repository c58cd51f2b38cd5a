import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { isNative } from './raw-ops.ts'

/** Gives so many rows of a tensor's values from a row on, in pieces: each is to be used up before the next is asked for. */
export type ReadRows = (tensor: Tensor, from?: number, rows?: number) => Iterable<Float32Array>

/** Values of a piece, so that a large tensor is never on the host as a whole. */
const PIECE = 1 << 22

/**
 * A synchronous reader for some tensors, as writing a file wants it. Where the backend can read synchronously the values are fetched when
 * they are asked for, so that no second copy of a model is held; a WebGPU device cannot, so there all are fetched beforehand.
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
    const piece = tensor.slice([from + done, ...row.map(() => 0)], size)
    const values = piece.dataSync<'float32'>()
    piece.dispose()
    yield values
    if (isNative()) (values.buffer as ArrayBuffer).transfer(0) // given back now, not when the collector comes by
  }
}
