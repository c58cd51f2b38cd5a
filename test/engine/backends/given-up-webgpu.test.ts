import * as tf from '@tensorflow/tfjs-core'
import { expect, vi } from 'vitest'
import { deviceFailure, onDeviceFailure, rowsThatFit } from '../../../main/engine/backends/device-state.ts'
import { startBackend } from '../../../main/engine/backends/start-backend.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { swiftShader, webgpuBackend } from '../../support/software-adapter.ts'

/** The software adapter passes for a GPU, whose device is lost in the first command of its start. */
vi.mock('../../../main/engine/backends/webgpu-adapter.ts', async (original) => {
  const gpu = { name: 'a GPU', driver: 'a driver', isSoftware: false }
  return { ...(await original<object>()), reachableGpu: async () => gpu, deviceOf: () => gpu }
})
vi.mock('../../../main/engine/backends/matrix-units.ts', () => ({
  async useMatrixUnits() {
    webgpuBackend().device.destroy()
    await tf.add(tf.ones([8]), 1).data()
  },
}))

const { test: onAdapter } = needing(softwareAdapter)

onAdapter('a GPU that fails while it starts leaves no failure, no limits, and no backend behind', async () => {
  process.env.VK_ICD_FILENAMES = swiftShader
  const heard = vi.fn()
  onDeviceFailure(heard)
  expect(await startBackend({ precision: 'float32', runtimeFolder: null })).toMatchObject({
    backend: 'wasm',
    notice: expect.stringMatching(/webgpu: WebGPU lost the device a GPU/),
  })
  await new Promise(setImmediate)
  expect(deviceFailure()).toBeUndefined()
  expect(heard).not.toHaveBeenCalled()
  expect(tf.findBackendFactory('webgpu')).toBeNull()
  expect(rowsThatFit(2 ** 30, 512)).toBe(512)
  expect((await tf.add(tf.ones([8]), 1).data())[7]).toBe(2)
})
