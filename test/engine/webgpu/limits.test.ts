import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { deviceFailure, rowsThatFit } from '../../../main/engine/backends/device-state.ts'
import { deviceNeeds, deviceOf, reachableGpu, requestAdapter } from '../../../main/engine/backends/webgpu-adapter.ts'
import { WebgpuBuffers } from '../../../main/engine/backends/webgpu-buffers.ts'
import { loadWeights } from '../../../main/engine/model/weights.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { useSoftwareAdapter, webgpuBackend } from '../../support/software-adapter.ts'
import { randomWeights, tinyConfig } from '../numerics/tiny-model.ts'

const { test: onAdapter } = needing(softwareAdapter)

if (softwareAdapter.isMet) beforeAll(useSoftwareAdapter)

onAdapter('the device has what the adapter has of the features and limits that kernels use', async () => {
  const { adapter } = await requestAdapter()
  const { device } = webgpuBackend()
  for (const feature of ['timestamp-query', 'shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as GPUFeatureName[]) {
    expect([feature, device.features.has(feature)]).toEqual([feature, adapter.features.has(feature)])
  }
  expect(device.features.has('subgroups' as GPUFeatureName)).toBe(true) // SwiftShader's, so that the comparison isn't empty
  const names = [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupStorageSize',
  ] as const
  for (const name of [...names, 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX'] as const) {
    expect([name, device.limits[name]]).toEqual([name, adapter.limits[name]])
  }
  expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8) // the standard's default
})

test('a device is asked for half precision, subgroups and subgroup matrices only where the adapter has them', () => {
  const limits = {} as GPUSupportedLimits
  const has = (...names: string[]) => deviceNeeds({ limits, features: new Set(names) as unknown as GPUSupportedFeatures }).requiredFeatures
  expect(has('shader-f16', 'subgroups', 'texture-compression-bc')).toEqual(['shader-f16', 'subgroups'])
  expect(has('chromium-experimental-subgroup-matrix')).toEqual(['chromium-experimental-subgroup-matrix'])
  expect(has()).toEqual([])
})

/** As Dawn's binding for Node describes adapters: the card as a normalized identifier, the driver as it is. */
const described = (device: string, description: string, isFallbackAdapter = false) =>
  deviceOf({ device, description, isFallbackAdapter, vendor: 'maker', architecture: '' } as unknown as GPUAdapterInfo)

test.each([
  ['nvidia-geforce-rtx-5090', 'NVIDIA: 570.86.16', 'nvidia geforce rtx 5090'],
  ['nvidia-geforce-rtx-5090', 'D3D12 driver version 32.0.15.7270', 'nvidia geforce rtx 5090'],
  ['amd-radeon-rx-7900-xtx-radv-navi31-', 'radv: Mesa 25.0.7', 'amd radeon rx 7900 xtx radv navi31'],
  ['intel-r-arc-tm-a770-graphics-dg2-', 'Intel open-source Mesa driver: Mesa 25.0.7', 'intel arc a770 graphics dg2'],
  ['apple-m2-pro', 'Metal driver on macOS Version 15.3 (Build 24D60)', 'apple m2 pro'],
])('a GPU is named by its card, not by its driver: %s, %s', (device, driver, name) => {
  expect(described(device, driver)).toEqual({ name, driver, isSoftware: false })
})

test('a GPU without a card has the name of its driver or its maker', () => {
  expect(described('', 'a driver').name).toBe('a driver')
  expect(described('', '').name).toBe('maker')
})

test('software adapters are recognized by their device or their driver', () => {
  for (const [device, driver] of [
    ['swiftshader-device-subzero-', 'SwiftShader driver 5.0.0'],
    ['llvmpipe-llvm-19-1-7-256-bits-', 'llvmpipe: Mesa 25.0.7 (LLVM 19.1.7)'],
    ['microsoft-basic-render-driver', 'D3D12 driver version 10.0.26100.1'],
    ['', 'SwiftShader driver 5.0.0'],
    ['llvmpipe-llvm-19-1-7-256-bits-', ''],
  ]) {
    expect(described(device, driver)).toMatchObject({ isSoftware: true })
  }
  expect(described('anything', 'a driver', true).isSoftware).toBe(true)
})

onAdapter('the description of a real adapter has both', async () => {
  const { adapter } = await requestAdapter()
  expect(deviceOf(adapter.info)).toEqual({
    name: expect.stringMatching(/^swiftshader device\b/),
    driver: expect.stringMatching(/^SwiftShader driver \d/),
    isSoftware: true,
  })
})

onAdapter('a software adapter is not a reachable GPU', async () => {
  expect(await reachableGpu()).toBeNull()
})

onAdapter('a weight beyond the limit is refused by name, size, limit and remedy, before it is read', () => {
  const config = tinyConfig({ vocab_size: 128_256, hidden_size: 4096, num_attention_heads: 32, num_key_value_heads: 8 })
  const source = { ...randomWeights(config, 1), read: () => expect.unreachable() as never }
  const load = () => loadWeights(config, source, { precision: 'float32', train: 'none' })
  expect(load).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/model\.embed_tokens\.weight \[128256, 4096\] takes 2\.10 GB .*limit .*swiftshader.* is 1\.07 GB/),
      remedy: expect.stringMatching(/bfloat16.*--backend/),
    }),
  )
})

onAdapter.each([
  ['a product', () => tf.matMul(tf.ones([70_000, 1]), tf.ones([1, 4000]))],
  ['an outer sum', () => tf.add(tf.ones([70_000, 1]), tf.ones([1, 4000]))],
  ['a gather', () => tf.gather(tf.ones([1, 4000]), tf.zeros([70_000], 'int32'))],
])('%s beyond the limit is refused instead of being zeros', (_, compute) => {
  expect(() => tf.tidy(() => compute())).toThrow(
    expect.objectContaining({
      code: 'OUT_OF_MEMORY',
      message: expect.stringMatching(/70000, 4000\] would take 1\.12 GB, but .* is 1\.07 GB/),
    }),
  )
  expect(deviceFailure()).toBeUndefined() // refused before the device was asked
})

onAdapter('after a refusal the backend computes as before', async () => {
  const sum = tf.sum(tf.ones([7, 5]))
  expect([...(await sum.data())]).toEqual([35])
})

onAdapter('logits are computed for as many rows in one step as fit', () => {
  expect(rowsThatFit(1000, 512)).toBe(512)
  expect(rowsThatFit(2 ** 20, 512)).toBe(256) // 1 GiB
})

onAdapter('a hundred sizes of tensors leave no more than the bound allocated', async () => {
  const backend = webgpuBackend()
  const bound = 2 ** 20
  const buffers = new WebgpuBuffers(backend.device, bound)
  const before = backend.bufferManager
  backend.bufferManager = buffers as unknown as typeof before
  try {
    for (let i = 0; i < 100; i++) {
      const x = tf.ones([10_000 + 64 * i])
      expect((await tf.sum(x).data())[0]).toBe(10_000 + 64 * i)
      x.dispose()
    }
    // the last one is freed after the last submission
    expect(buffers.numBytesAllocated - buffers.numBytesUsed).toBeLessThanOrEqual(bound + 4 * 20_000)
    expect(buffers.getNumFreeBuffers()).toBeGreaterThan(1) // freed buffers are still reused
  } finally {
    backend.bufferManager = before
  }
  expect(deviceFailure()).toBeUndefined()
})

onAdapter('commands that were submitted keep their results when their buffers are destroyed', async () => {
  const backend = webgpuBackend()
  const buffers = new WebgpuBuffers(backend.device, 0) // keeps nothing
  const before = backend.bufferManager
  backend.bufferManager = buffers as unknown as typeof before
  try {
    const total = tf.tidy(() => {
      let x = tf.ones([64, 64])
      for (let i = 0; i < 40; i++) x = tf.add(tf.matMul(x, tf.eye(64)), 1) // more commands than one submission
      return tf.sum(x)
    })
    expect((await total.data())[0]).toBe(41 * 64 * 64)
  } finally {
    backend.bufferManager = before
  }
  expect(deviceFailure()).toBeUndefined()
})

test('freed buffers are reused by size and usage, and the longest free go first', () => {
  const destroyed: number[] = []
  const createBuffer = ({ size, usage }: GPUBufferDescriptor) =>
    ({ size, usage, destroy: () => destroyed.push(size) }) as unknown as GPUBuffer
  const buffers = new WebgpuBuffers({ createBuffer }, 25)
  const [a, b, c] = [10, 20, 5].map((size) => buffers.acquireBuffer(size, 1))
  expect(buffers).toMatchObject({ numBytesAllocated: 35, numBytesUsed: 35 })
  for (const buffer of [a, b, c]) buffers.releaseBuffer(buffer)
  buffers.trim()
  expect(destroyed).toEqual([10])
  expect(buffers.acquireBuffer(20, 1)).toBe(b)
  expect(buffers.acquireBuffer(20, 1)).not.toBe(b)
  expect(buffers.acquireBuffer(5, 2)).not.toBe(c) // another usage
  expect(buffers.getNumUsedBuffers()).toBe(3)
  expect(buffers).toMatchObject({ numBytesAllocated: 50, numBytesUsed: 45 })
})
