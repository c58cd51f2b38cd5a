import * as tf from '@tensorflow/tfjs-core'
import type { Measurement } from '../../shared/measurement.ts'
import type { Precision } from '../../shared/train-config.ts'
import { matMul, operand } from './operand.ts'
import { isNative } from './raw-ops.ts'
import { startBackend } from './start-backend.ts'

const size = 1024
const operations = 2 * size ** 3 // one multiply-add for each of size^3 terms
const longestSeconds = 1

/** Time products of two 1024 x 1024 matrices on the current backend, with the functions that models use. */
export async function measure(): Promise<Measurement> {
  return {
    float32Gflops: await gflops('float32'),
    bfloat16Gflops: isNative() ? await gflops('bfloat16') : null,
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

/**
 * A program that loads the runtime pack in the given folder and compares small matrix products with JavaScript's. Prints `{"version": ...,
 * "device": ...}` or fails with the reason. It runs as a separate process because an incompatible library can crash the process that loads
 * it.
 */
const [rows, inner, columns] = [17, 33, 9]
/**
 * bfloat16 has 8 bits of precision: each factor is off by at most 2^-9, a sum of `inner` products of numbers below 1 by far less than this.
 */
const tolerance = { float32: 1e-4, bfloat16: 0.15 }

const { version, device } = await startBackend({ backend: 'tensorflow', precision: 'float32', runtimeFolder: process.argv[2] })
const a = matrix(rows, inner, 0)
const b = matrix(inner, columns, 1)
for (const precision of ['float32', 'bfloat16'] as const) {
  const product = matMul(operand(tf.tensor2d(a, [rows, inner]), precision), operand(tf.tensor2d(b, [inner, columns]), precision))
  const difference = largestDifference(product.dataSync() as Float32Array)
  if (!(difference < tolerance[precision])) throw new Error(`a ${precision} product is wrong by ${difference}`)
}
process.stdout.write(`${JSON.stringify({ version, device })}\n`, () => process.exit()) // a utility process doesn't exit by itself

/** Numbers in (-1, 1) without a pattern. */
function matrix(height: number, width: number, phase: number): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => Math.sin(i * i + phase))
}

function largestDifference(product: Float32Array): number {
  let largest = 0
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0
      for (let k = 0; k < inner; k++) sum += a[r * inner + k] * b[k * columns + c]
      largest = Math.max(largest, Math.abs(sum - product[r * columns + c]))
    }
  }
  return largest
}
