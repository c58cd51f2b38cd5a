import * as tf from '@tensorflow/tfjs-core'
import { matMul, operand } from './operand.ts'
import { startBackend } from './start-backend.ts'

/**
 * A program: load the runtime pack in the folder that the first argument names and compare products of small matrices
 * with JavaScript's own. Prints `{"version": ..., "device": ...}`, or fails with the reason. A process of its own,
 * because a library that does not fit can end the process that loads it.
 */
const [rows, inner, columns] = [17, 33, 9]
/** bfloat16 keeps 8 bits: each factor is off by at most 2^-9, the sum of `inner` products of numbers below 1 by far less than this. */
const tolerance = { float32: 1e-4, bfloat16: 0.15 }

const { version, device } = await startBackend({ backend: 'tensorflow', precision: 'float32', runtimeFolder: process.argv[2] })
const a = matrix(rows, inner, 0)
const b = matrix(inner, columns, 1)
for (const precision of ['float32', 'bfloat16'] as const) {
  const product = matMul(operand(tf.tensor2d(a, [rows, inner]), precision), operand(tf.tensor2d(b, [inner, columns]), precision))
  const difference = largestDifference(product.dataSync() as Float32Array)
  if (!(difference < tolerance[precision])) throw new Error(`a ${precision} product is wrong by ${difference}`)
}
process.stdout.write(`${JSON.stringify({ version, device })}\n`, () => process.exit()) // a utility process does not end by itself

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
