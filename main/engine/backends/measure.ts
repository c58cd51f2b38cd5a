import * as tf from '@tensorflow/tfjs-core'
import type { Measurement } from '../../shared/measurement.ts'
import type { Precision } from '../../shared/train-config.ts'
import { matMul, operand, supports } from './operand.ts'

const size = 1024
const operations = 2 * size ** 3 // one multiply-add for each of size^3 terms
const longestSeconds = 1

/** Time products of two 1024 x 1024 matrices on the current backend, with the functions that models use. */
export async function measure(): Promise<Measurement> {
  return {
    float32Gflops: await gflops('float32'),
    bfloat16Gflops: supports('bfloat16') ? await gflops('bfloat16') : null,
  }
}

/** The best of several products, since disturbances only slow a measurement down. */
async function gflops(precision: Precision): Promise<number> {
  const x = tf.randomUniform([size, size], -1, 1, 'float32', 1)
  const multiplied = operand(x, precision)
  let best = Number.POSITIVE_INFINITY
  const start = performance.now()
  for (let i = 0; i < 20 && performance.now() - start < longestSeconds * 1000; i++) {
    const begin = performance.now()
    const product = matMul(multiplied, multiplied)
    await corner(product) // kernels may still run after the call returns
    best = Math.min(best, (performance.now() - begin) / 1000)
    product.dispose()
  }
  if (multiplied.tensor !== x) multiplied.tensor.dispose()
  x.dispose()
  return operations / best / 1e9
}

/** Wait for a result while copying only one value of it. */
async function corner(product: tf.Tensor): Promise<void> {
  const one = tf.slice(product, [0, 0], [1, 1])
  await one.data()
  one.dispose()
}
