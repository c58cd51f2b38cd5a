import * as tf from '@tensorflow/tfjs-core'
import { operand, product, widen } from './operand.ts'
import { tidy } from './tidy.ts'
import { unlessRefused, useSubgroupMatrix } from './webgpu-dispatch.ts'
import type { SubgroupMatrix } from './webgpu-subgroup-product.ts'

/** Shape of the product that is compared: no dimension is a multiple of a tile. */
const [M, K, N] = [150, 200, 70]

/** Two roundings to bfloat16, relative to the largest value. */
const tolerance = 2 ** -7

/**
 * Let bfloat16 products use the current backend's matrix units if its driver takes their shader and the results are right, since drivers offer
 * them as an experiment so far. How fast they are isn't asked, so that every start decides alike and a resumed run repeats its bits. Returns whether they are used.
 */
export async function useMatrixUnits(matrix: SubgroupMatrix | null): Promise<boolean> {
  if (matrix === null) return false
  const expected = await sample()
  useSubgroupMatrix(matrix)
  const found = await unlessRefused(sample)
  const areRight = found !== null && agree(found, expected)
  if (!areRight) useSubgroupMatrix(null)
  return areRight
}

/** Values of a product whose terms differ by many powers of two. */
async function sample(): Promise<Float32Array> {
  const y = tidy(() => {
    const [a, b] = [values([M, K], 1), values([N, K], 2)]
    return widen(product(a, b, { transposeB: true }))
  })
  try {
    return (await y.data()) as Float32Array
  } finally {
    y.dispose()
  }
}

const values = (shape: [number, number], seed: number) =>
  operand(tf.mul(tf.randomNormal(shape, 0, 1, 'float32', seed), tf.exp(tf.randomNormal(shape, 0, 2, 'float32', seed + 2))), 'bfloat16')

function agree(found: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return found.every((value, i) => Math.abs(value - expected[i]) <= tolerance * largest)
}
