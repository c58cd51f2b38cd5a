import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { deviceMemory } from '../../../main/engine/backends/device-state.ts'
import { measure } from '../../../main/engine/backends/measure.ts'
import { startBackend } from '../../../main/engine/backends/start-backend.ts'
import { needing, posix, softwareAdapter } from '../../support/needs.ts'
import { withNvidiaSmi } from '../../support/nvidia-smi.ts'
import { swiftShader } from '../../support/software-adapter.ts'

const { test: onPosix } = needing(posix)
const { test: onAdapter } = needing(softwareAdapter)

const none = { precision: 'float32', runtimeFolder: null } as const

test('without a runtime pack a slower backend starts, with a notice that says why', async () => {
  const { backend, notice } = await startBackend(none)
  expect(['webgpu', 'wasm', 'cpu']).toContain(backend)
  expect(notice).toMatch(/^using \w+: tensorflow: no runtime pack is installed/)
  expect(notice).not.toContain('\n')
})

test('a backend requested by name starts or fails; no other takes its place', async () => {
  await expect(startBackend({ ...none, backend: 'tensorflow' })).rejects.toMatchObject({ code: 'RUNTIME_MISSING' })
  const broken = startBackend({ ...none, backend: 'tensorflow', runtimeFolder: '/nowhere' })
  await expect(broken).rejects.toMatchObject({ code: 'RUNTIME_MISSING', message: expect.stringContaining('/nowhere') })
  for (const backend of ['wasm', 'cpu'] as const) {
    expect(await startBackend({ ...none, backend })).toMatchObject({ backend, device: 'CPU', threads: 1, notice: '' })
    expect(tf.getBackend()).toBe(backend)
  }
})

test('a pack that does not load is named in the notice', async () => {
  expect((await startBackend({ ...none, runtimeFolder: '/nowhere' })).notice).toContain("couldn't load /nowhere/tfjs_binding.node")
})

test.each([
  ['cuda', join('/home', 'runtimes', 'cuda', 'tensorflow')],
  ['cpu', join('/home', 'runtimes', 'cpu')],
])('a %s pack that does not load is reinstalled as what it is', async (kind, runtimeFolder) => {
  await expect(startBackend({ ...none, backend: 'tensorflow', runtimeFolder })).rejects.toMatchObject({
    remedy: `Reinstall it: \`laurel runtime install ${kind}\`.`,
  })
})

test('bfloat16 is rejected if the backend does not support it', async () => {
  await expect(startBackend({ ...none, backend: 'wasm', precision: 'bfloat16' })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
})

test('a measurement leaks no tensors, and has no bfloat16 result on backends without it', async () => {
  await startBackend({ ...none, backend: 'wasm' })
  const before = tf.memory().numTensors
  const { float32Gflops, bfloat16Gflops } = await measure()
  expect(float32Gflops).toBeGreaterThan(0)
  expect(bfloat16Gflops).toBeNull()
  expect(tf.memory().numTensors).toBe(before)
})

onPosix('GPUs that TensorFlow is not built for are hidden from it, unless the user chose', async () => {
  const load = async () => {
    await startBackend({ ...none, backend: 'tensorflow', runtimeFolder: '/nowhere' }).catch(() => {})
  }
  const rtx4090 = 'NVIDIA GeForce RTX 4090, 24564, 570.86, GPU-a, 8.9\n'
  const rtx5090 = 'NVIDIA GeForce RTX 5090, 32607, 570.86, GPU-b, 12.0\n'
  for (const [gpus, visible] of [
    [rtx4090, undefined],
    [rtx5090, '-1'],
    [`${rtx5090}${rtx4090}`, 'GPU-a'],
  ] as const) {
    delete process.env.CUDA_VISIBLE_DEVICES
    await withNvidiaSmi(gpus, load)
    expect(process.env.CUDA_VISIBLE_DEVICES).toBe(visible)
  }
  process.env.CUDA_VISIBLE_DEVICES = '1'
  await withNvidiaSmi(rtx5090, load)
  expect(process.env.CUDA_VISIBLE_DEVICES).toBe('1')
})

onAdapter('a software adapter starts by name, with a notice, and never by itself', async () => {
  process.env.VK_ICD_FILENAMES = swiftShader
  expect(await startBackend(none)).toMatchObject({ backend: 'wasm', notice: expect.stringContaining('webgpu: no GPU was found') })
  const byName = await startBackend({ ...none, backend: 'webgpu' })
  expect(byName).toMatchObject({ backend: 'webgpu', notice: expect.stringContaining('in place of a GPU') })
})

onAdapter("WebGPU's GPU has the memory that NVIDIA's driver reports, whatever else was started since", async () => {
  process.env.VK_ICD_FILENAMES = swiftShader
  const webgpu = { ...none, backend: 'webgpu' } as const
  await withNvidiaSmi(
    'NVIDIA GeForce GTX 1650, 4096, 570.86, GPU-a, 7.5\nSwiftShader Device (Subzero), 8192, 570.86, GPU-b, 8.9\n',
    async () => {
      expect(await startBackend(webgpu)).toMatchObject({ deviceMemory: 2 ** 33 })
      expect(deviceMemory()).toBe(2 ** 33)
    },
  )
  expect(await startBackend({ ...none, backend: 'wasm' })).toMatchObject({ deviceMemory: null })
  expect(deviceMemory()).toBeNull()
  await tf.setBackend('webgpu') // as after a measurement that it won
  expect(deviceMemory()).toBe(2 ** 33)
  await withNvidiaSmi('NVIDIA GeForce GTX 1650, 4096, 570.86, GPU-a, 7.5\n', async () => {
    expect(await startBackend(webgpu)).toMatchObject({ deviceMemory: null }) // another card
  })
})
