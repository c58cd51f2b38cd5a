import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect } from 'vitest'
import { type Operand, product } from '../../../../main/engine/backends/operand.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { normalOperand } from '../../kernels/comparison.ts'
import { onPipeline, withPasses } from './passes.ts'
import { expectTwins, resultsOn, twins, useTwins } from './twins.ts'

/** Names of the shaders that a computation runs. */
async function shadersOf(compute: () => Operand): Promise<string[]> {
  const names: string[] = []
  await withPasses(
    (pass) => onPipeline(pass, (label) => names.push(label)),
    () => resultsOn('webgpu', () => ({ y: compute() })),
  )
  return names
}

const transposes = [
  [false, false],
  [false, true],
  [true, false],
] as const // those that models need

const factors = (M: number, K: number, N: number, transposeA: boolean, transposeB: boolean) => [
  normalOperand(transposeA ? [K, M] : [M, K], 1, 'float32'),
  normalOperand(transposeB ? [N, K] : [K, N], 2, 'float32'),
]

needing(softwareAdapter).describe('a product in float32 on WebGPU', () => {
  beforeAll(useTwins)
  const { test } = needing(softwareAdapter)

  describe.each([
    [1, 1, 1],
    [3, 17, 7],
    [8, 40, 35],
    [9, 33, 66],
    [710, 5, 771], // tiles of 64
    [1500, 3, 1401], // tiles of 128
  ])('%i x %i x %i', (M, K, N) => {
    test.each(transposes)('transposed %s, %s', async (transposeA, transposeB) => {
      const results = await twins(() => {
        const [a, b] = factors(M, K, N, transposeA, transposeB)
        return { y: product(a, b, { transposeA, transposeB }) }
      })
      expectTwins(results, Math.sqrt(K))
    })
  })

  test.each(transposes)('of several matrices, transposed %s, %s', async (transposeA, transposeB) => {
    const results = await twins(() => {
      const a = normalOperand(transposeA ? [3, 17, 10] : [3, 10, 17], 1, 'float32')
      const b = normalOperand(transposeB ? [3, 7, 17] : [3, 17, 7], 2, 'float32')
      return { y: product(a, b, { transposeA, transposeB }) }
    })
    expectTwins(results, Math.sqrt(17))
  })

  test('of no rows has none', async () => {
    const results = await twins(() => ({ y: product(normalOperand([0, 5], 1, 'float32'), normalOperand([5, 3], 2, 'float32')) }))
    expect(results.y.wgsl).toEqual({ shape: [0, 3], values: [] })
  })

  test('gives a row the same bits, however many there are', async () => {
    const firstRows = async (rows: number) => {
      const { y } = await resultsOn('webgpu', () => {
        const [a, b] = factors(1500, 40, 1401, false, false)
        return { y: tf.slice(product({ ...a, tensor: tf.slice(a.tensor, [0, 0], [rows, 40]) }, b).tensor, [0, 0], [33, 1401]) }
      })
      return y.values
    }
    expect(await firstRows(33)).toEqual(await firstRows(1500))
  })

  test("sums of many terms, as in an adapter's gradient, have the same bits each time", async () => {
    const sums = async () => {
      const { y } = await resultsOn('webgpu', () => {
        const [a, b] = factors(16, 4096, 24, true, false)
        return { y: product(a, b, { transposeA: true }) }
      })
      return y.values
    }
    const first = await sums()
    for (let i = 0; i < 5; i++) expect(await sums()).toEqual(first)
  })

  test('is never one of the library, whose sums of many terms are added in a changing order', async () => {
    const names = await shadersOf(() => {
      const [a, b] = factors(16, 4096, 24, true, false)
      return product(a, b, { transposeA: true })
    })
    expect(names).toEqual(['product'])
  })
})
