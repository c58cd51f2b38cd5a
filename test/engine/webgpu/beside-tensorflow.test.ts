import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { homeFolder } from '../../../main/common/home.ts'
import { deviceFailure, rowsThatFit } from '../../../main/engine/backends/device-state.ts'
import { startBackend } from '../../../main/engine/backends/start-backend.ts'
import { startChosenBackend } from '../../../main/engine/process/speed/choose-backend.ts'
import { findRuntime } from '../../../main/runtimes/find.ts'
import type { BackendName } from '../../../main/shared/engine-protocol.ts'
import { nativeLibrary, needing, softwareAdapter } from '../../support/needs.ts'
import { swiftShader } from '../../support/software-adapter.ts'

/** The real backends in one process, as in the only start that measures both. The times are stand-ins, and so is the judgement that the adapter is a GPU. */
const { test: onBoth } = needing(nativeLibrary, softwareAdapter)

let kept: string
beforeAll(() => {
  kept = mkdtempSync(join(tmpdir(), 'laurel-beside-'))
  process.env.VK_ICD_FILENAMES = swiftShader
})
afterAll(() => rmSync(kept, { recursive: true, force: true }))

const chosen = (gpu: string, times: Partial<Record<BackendName, number>>) =>
  startChosenBackend(
    { precision: 'float32', threads: 2, runtimeFolder: kept },
    {
      reachableGpu: async () => ({ name: gpu, driver: 'a driver', isSoftware: false }),
      start: (options) => startBackend({ ...options, runtimeFolder: findRuntime(homeFolder())?.folder ?? null }),
      async time(backend) {
        expect(tf.getBackend()).toBe(backend)
        expect(await sum()).toBe(18)
        return { train: times[backend]!, step: times[backend]! }
      },
      use: tf.setBackend,
      leave: tf.removeBackend,
      watch: async (work) => ({ result: await work(), isDisturbed: false }),
      code: () => 'this version',
    },
  )

const sum = async () => (await tf.tidy(() => tf.sum(tf.matMul(tf.ones([3, 2]), tf.ones([2, 3])))).data())[0]

onBoth('WebGPU computes on after TensorFlow was measured too', async () => {
  expect(await chosen('a fast one', { webgpu: 1, tensorflow: 2 })).toMatchObject({ backend: 'webgpu' })
  expect(tf.getBackend()).toBe('webgpu')
  expect(await sum()).toBe(18)
})

onBoth('a slower WebGPU is given back without counting as a failure, and its limits go with it', async () => {
  tf.removeBackend('webgpu')
  expect(await chosen('a slow one', { webgpu: 2, tensorflow: 1 })).toMatchObject({ backend: 'tensorflow' })
  await new Promise(setImmediate)
  expect(deviceFailure()).toBeUndefined()
  expect(tf.getBackend()).toBe('tensorflow')
  expect(await sum()).toBe(18)
  expect(rowsThatFit(2 ** 30, 512)).toBe(512)
})
