import * as tf from '@tensorflow/tfjs-core'
import { matMul, operand } from './operand.ts'
import { startBackend } from './start-backend.ts'

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
