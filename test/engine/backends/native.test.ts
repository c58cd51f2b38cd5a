import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { homeFolder } from '../../../main/common/home.ts'
import { measure } from '../../../main/engine/backends/measure.ts'
import { startNative } from '../../../main/engine/backends/native.ts'
import { findRuntime } from '../../../main/runtimes/find.ts'
import { selfTest } from '../../../main/runtimes/pack-self-test.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import '../../support/autodiff.ts'

needing(nativeLibrary).describe('the native backend', () => {
  beforeAll(useNativeBackend)

  test('multiplies like JavaScript', () => {
    const a = tf.randomUniform([5, 7], -1, 1, 'float32', 3) as tf.Tensor2D
    const b = tf.randomUniform([7, 4], -1, 1, 'float32', 4) as tf.Tensor2D
    const [left, right] = [a.arraySync(), b.arraySync()]
    const product = tf.matMul(a, b).arraySync() as number[][]
    product.forEach((row, r) => {
      row.forEach((value, c) => {
        expect(value).toBeCloseTo(
          left[r].reduce((sum, x, k) => sum + x * right[k][c], 0),
          5,
        )
      })
    })
  })

  test('differentiates', () => {
    const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, -2, 3]))
    expect(Array.from(gradient.dataSync())).toEqual([2, -4, 6])
  })

  test('measures both precisions without leaking tensors', async () => {
    const before = tf.memory().numTensors
    const { float32Gflops, bfloat16Gflops } = await measure()
    expect(float32Gflops).toBeGreaterThan(0)
    expect(bfloat16Gflops).toBeGreaterThan(0)
    expect(tf.memory().numTensors).toBe(before)
  })

  test("passes the installation's self-test", async () => {
    const runtime = findRuntime(homeFolder())
    expect(await selfTest(runtime!.folder)).toEqual({ version: runtime!.manifest.tensorflow, device: expect.any(String) })
  })
})

describe('before the library is loaded', () => {
  beforeEach(() => void vi.stubEnv('NVIDIA_TF32_OVERRIDE', undefined))
  afterEach(() => void vi.unstubAllEnvs())

  test('float32 is set to mean float32 on a GPU too', async () => {
    await expect(startNative({ folder: '/nowhere' })).rejects.toMatchObject({ code: 'RUNTIME_MISSING' })
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBe('0')
  })

  test("the user's own choice of TF32 is kept", async () => {
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', '1')
    await expect(startNative({ folder: '/nowhere' })).rejects.toMatchObject({ code: 'RUNTIME_MISSING' })
    expect(process.env.NVIDIA_TF32_OVERRIDE).toBe('1')
  })
})

test("a folder without a library fails the installation's self-test", async () => {
  await expect(selfTest('/nowhere')).rejects.toThrow("couldn't load /nowhere/tfjs_binding.node")
})
