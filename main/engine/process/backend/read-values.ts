import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'

/** Gives a tensor's values, now. */
export type ReadValues = (tensor: Tensor) => Float32Array

/**
 * A synchronous reader for some tensors, as writing a file wants it. Where the backend can read synchronously the values are fetched when
 * they are asked for, so that no second copy of a model is held; a WebGPU device cannot, so there all are fetched beforehand.
 */
export async function readerOf(tensors: readonly Tensor[]): Promise<ReadValues> {
  if (tf.getBackend() !== 'webgpu') return (tensor) => tensor.dataSync<'float32'>()
  const values = new Map<Tensor, Float32Array>()
  for (const tensor of tensors) values.set(tensor, await tensor.data<'float32'>())
  return (tensor) => values.get(tensor) as Float32Array
}
