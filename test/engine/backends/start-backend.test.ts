import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { measure } from '../../../main/engine/backends/measure.ts'
import { startBackend } from '../../../main/engine/backends/start-backend.ts'

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
