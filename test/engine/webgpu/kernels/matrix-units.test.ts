import * as tf from '@tensorflow/tfjs-core'
import { beforeEach, describe, expect, test as plainTest } from 'vitest'
import { deviceFailure, tryDevice } from '../../../../main/engine/backends/device-state.ts'
import { useMatrixUnits } from '../../../../main/engine/backends/matrix-units.ts'
import { operand, product } from '../../../../main/engine/backends/operand.ts'
import { subgroupMatrix, useSubgroupMatrix } from '../../../../main/engine/backends/webgpu-dispatch.ts'
import { usableMatrix } from '../../../../main/engine/backends/webgpu-subgroup-product.ts'
import { emulateMatrixUnits } from '../../../support/emulated-matrix-units.ts'
import { usePlainBackend } from '../../../support/native.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { useSoftwareAdapter, webgpuBackend } from '../../../support/software-adapter.ts'
import { normal } from '../../kernels/comparison.ts'
import { withSurplusGroups } from './passes.ts'
import { differenceOf, resultsOn } from './twins.ts'

/** bfloat16 numbers of very different sizes, the same on every backend. */
function values(shape: [number, number], seed: number, size: number): Float32Array {
  const spread = normal(shape, seed + 10, 3).dataSync()
  const bits = new Uint32Array(Float32Array.from(normal(shape, seed).dataSync(), (x, i) => x * 2 ** Math.round(spread[i]) * size).buffer)
  return new Float32Array(bits.map((b) => b & 0xffff0000).buffer)
}

const transposes = [
  [false, false],
  [false, true],
  [true, false],
] as const

const shape = { M: 70, K: 90, N: 66 } // no multiple of a tile

function multiplied(transposeA: boolean, transposeB: boolean, size = 1) {
  const [M, K, N] = [shape.M, shape.K, shape.N]
  const left: [number, number] = transposeA ? [K, M] : [M, K]
  const right: [number, number] = transposeB ? [N, K] : [K, N]
  const precision = tf.getBackend() === 'webgpu' ? 'bfloat16' : 'float32'
  const a = operand(tf.tensor(values(left, 1, size), left), precision)
  const b = operand(tf.tensor(values(right, 2, 1), right), precision)
  return { y: product(a, b, { transposeA, transposeB }) }
}

/** The largest difference from the plain product, relative to the largest value. */
async function difference(transposeA: boolean, transposeB: boolean, size = 1): Promise<number> {
  const plain = await resultsOn('cpu', () => multiplied(transposeA, transposeB, size))
  const wgsl = await withSurplusGroups(() => resultsOn('webgpu', () => multiplied(transposeA, transposeB, size)))
  const largest = plain.y.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return differenceOf({ plain: plain.y, wgsl: wgsl.y }, largest)
}

async function freshAdapter(): Promise<void> {
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu')
  await useSoftwareAdapter()
}

needing(softwareAdapter).describe('products by matrix units', () => {
  const { test } = needing(softwareAdapter)
  beforeEach(async () => {
    await usePlainBackend()
    await freshAdapter()
  })

  test.each(transposes)('are those of the plain formula, transposed %s, %s', async (transposeA, transposeB) => {
    useSubgroupMatrix(emulateMatrixUnits())
    expect(await difference(transposeA, transposeB)).toBeLessThan(2 ** -8 + 1e-5)
  })

  test.each([1e-30, 1e25])('have the range of bfloat16, not of float16: terms of about %d', async (size) => {
    useSubgroupMatrix(emulateMatrixUnits())
    expect(await difference(false, true, size)).toBeLessThan(2 ** -8 + 1e-5)
  })

  test('are used if they are right', async () => {
    const matrix = emulateMatrixUnits()
    expect(await useMatrixUnits(null)).toBe(false)
    expect(subgroupMatrix()).toBeNull()
    expect(await useMatrixUnits(matrix)).toBe(true)
    expect(subgroupMatrix()).toEqual(matrix)
  })

  test('are not used if the driver refuses their shader, and the device computes on', async () => {
    const plain = await difference(false, true)
    const matrix = emulateMatrixUnits((code) => `${code}\nfn refused() -> u32 { return 1.5; }`)
    expect(await useMatrixUnits(matrix)).toBe(false)
    expect(subgroupMatrix()).toBeNull()
    await new Promise(setImmediate)
    expect(deviceFailure()).toBeUndefined()
    expect(await difference(false, true)).toBe(plain)
  })

  test('are not used if the driver fails to compile their shader, and the device computes on', async () => {
    const matrix = emulateMatrixUnits()
    const { device } = webgpuBackend()
    const pop = device.popErrorScope.bind(device)
    device.popErrorScope = async () => (await pop()) ?? new GPUInternalError('the compiler failed') // which SwiftShader's never does
    expect(await useMatrixUnits(matrix)).toBe(false)
    expect(subgroupMatrix()).toBeNull()
    expect(deviceFailure()).toBeUndefined()
  })

  test('a device that is lost in their trial has failed', async () => {
    const matrix = emulateMatrixUnits((code) => {
      webgpuBackend().device.destroy()
      return code
    })
    await expect(tryDevice(() => useMatrixUnits(matrix))).rejects.toMatchObject({ code: 'ENGINE_LOST' })
  })

  describe('a mistake in the shader is noticed, and the units are not used:', () => {
    test.each([
      ['sums are not rescaled', 'power_of_two(127 + before - exponents)', 'vec2f(1)'],
      ['terms are not scaled', 'power_of_two(269 - exponents)', 'vec2f(1)'],
      ['terms are multiplied before all are there', /workgroupBarrier\(\);\n {4}for \(var k/, 'for (var k'],
      ['quarters are swapped', 'let a_quarter = (subgroup / 2)', 'let a_quarter = (subgroup % 2)'],
    ])('%s', async (_, from, to) => {
      const changed: string[] = []
      const matrix = emulateMatrixUnits((code) => {
        const mistaken = code.replace(from, to)
        if (mistaken !== code) changed.push(mistaken)
        return mistaken
      })
      expect(await useMatrixUnits(matrix)).toBe(false)
      expect(subgroupMatrix()).toBeNull()
      expect(changed).toHaveLength(1)
      useSubgroupMatrix(matrix)
      expect(await difference(false, true)).not.toBeLessThan(2 ** -6)
    })
  })
})

describe('of an adapter', () => {
  const config = (side: number, types: readonly [string, string] = ['f16', 'f32']) => ({
    ...{ M: side, N: side, K: side, componentType: types[0], resultComponentType: types[1] },
  })
  const adapter = (...subgroupMatrixConfigs: ReturnType<typeof config>[]) => ({
    info: { subgroupMinSize: 32, subgroupMaxSize: 32, subgroupMatrixConfigs },
    features: new Set(['chromium-experimental-subgroup-matrix', 'shader-f16']),
    limits: { maxComputeWorkgroupStorageSize: 32_768, maxComputeInvocationsPerWorkgroup: 256 },
  })
  const usual = adapter(config(16))

  plainTest('the largest matrices of float16 with sums of float32 are usable', () => {
    const configs = [config(8), config(16, ['f16', 'f16']), config(16), config(32, ['u8', 'u32'])]
    expect(usableMatrix(adapter(...configs))).toEqual({ M: 16, N: 16, K: 16, threads: 32 })
  })

  plainTest('none are without the extension, or without float16', () => {
    expect(usableMatrix({ ...usual, features: new Set(['shader-f16']) })).toBeNull()
    expect(usableMatrix({ ...usual, features: new Set(['chromium-experimental-subgroup-matrix']) })).toBeNull()
    expect(usableMatrix(adapter())).toBeNull()
  })

  plainTest('none are with subgroups of several sizes, sizes that divide no tile, or too little memory or too few threads', () => {
    expect(usableMatrix({ ...usual, info: { ...usual.info, subgroupMinSize: 8 } })).toBeNull()
    expect(usableMatrix(adapter(config(12)))).toBeNull()
    expect(usableMatrix({ ...usual, limits: { ...usual.limits, maxComputeWorkgroupStorageSize: 16_384 } })).toBeNull()
    expect(usableMatrix({ ...usual, limits: { ...usual.limits, maxComputeInvocationsPerWorkgroup: 64 } })).toBeNull()
  })
})
