import { expect, test } from 'vitest'
import { idleGpus } from '../../../main/app/system/diagnostics.ts'
import { listGpus } from '../../../main/app/system/gpus.ts'
import { gpu } from '../../../main/shared/contract/doctor-contract.ts'
import { driverRemedy, gpuText } from '../../../main/shared/device-text.ts'
import type { EngineInfo } from '../../../main/shared/engine-protocol.ts'
import { needing, posix } from '../../support/needs.ts'
import { withNvidiaSmi } from '../../support/nvidia-smi.ts'

const { test: onPosix } = needing(posix)
const linux = { platform: 'linux', arch: 'x64' } as const
const windows = { platform: 'win32', arch: 'x64' } as const

const rtx4090 = { name: 'NVIDIA GeForce RTX 4090', memory_gb: 26, driver: '570.86', compute_capability: 8.9, tensorflow: true }
const rtx5090 = { name: 'NVIDIA GeForce RTX 5090', memory_gb: 34, driver: '570.86', compute_capability: 12, tensorflow: false }
const engine = (webgpuDevice: string | null | undefined): EngineInfo => ({
  ...{ backend: 'tensorflow', version: '2.18.1', device: 'CPU', threads: 2, precision: 'float32', notice: '', webgpuDevice },
})

onPosix('GPUs are listed with what can use them', async () => {
  await withNvidiaSmi('NVIDIA GeForce RTX 5090, 32607, 570.86, GPU-b, 12.0\n', async () => expect(await listGpus(linux)).toEqual([rtx5090]))
  await withNvidiaSmi('NVIDIA GeForce RTX 4090, 24564, 570.86, GPU-a, 8.9\n', async () => {
    expect(await listGpus(linux)).toEqual([rtx4090])
    expect(await listGpus(windows)).toEqual([{ ...rtx4090, tensorflow: false }]) // so nothing recommends the cuda pack
  })
})

onPosix('a GPU whose memory the driver does not say is listed without it', async () => {
  await withNvidiaSmi('NVIDIA GB10, [N/A], 580.95, GPU-d, 12.1\n', async () => {
    const gpus = await listGpus(linux)
    expect(gpu.array().parse(gpus)).toMatchObject([{ name: 'NVIDIA GB10', memory_gb: null }])
    expect(gpuText(gpus, null)).toBe('NVIDIA GB10, driver 580.95 (not for TensorFlow)')
  })
})

test('the line about GPUs says what they compute for, and has those of other makers', () => {
  expect(gpuText([rtx4090, rtx5090], 'nvidia geforce rtx 5090')).toBe(
    'NVIDIA GeForce RTX 4090, 26 GB, driver 570.86 (for TensorFlow); NVIDIA GeForce RTX 5090, 34 GB, driver 570.86 (not for TensorFlow, for WebGPU)',
  )
  expect(gpuText([rtx5090], null)).toContain('(not for TensorFlow)')
  expect(gpuText([], 'amd radeon rx 7900 xtx radv navi31')).toBe('amd radeon rx 7900 xtx radv navi31 (for WebGPU)')
  expect(gpuText([], null)).toBe('none')
  expect(gpuText([], undefined)).toBe('none (NVIDIA)') // others weren't asked for
})

test('a card is recognized by its whole name, and without the maker, which old drivers leave out', () => {
  const laptop = { ...rtx4090, name: 'NVIDIA GeForce RTX 4090 Laptop GPU' }
  expect(gpuText([rtx4090, laptop], 'nvidia geforce rtx 4090 laptop gpu')).toBe(
    'NVIDIA GeForce RTX 4090, 26 GB, driver 570.86 (for TensorFlow); NVIDIA GeForce RTX 4090 Laptop GPU, 26 GB, driver 570.86 (for TensorFlow, for WebGPU)',
  )
  expect(gpuText([{ ...rtx4090, name: 'GeForce RTX 4090' }], 'nvidia geforce rtx 4090')).toContain('(for TensorFlow, for WebGPU)')
})

test('a GPU that nothing can use is a problem with its name and what to do', () => {
  expect(idleGpus([rtx4090, rtx5090], engine(null), linux)).toEqual([
    {
      problem:
        "TensorFlow's library can't use the NVIDIA GeForce RTX 5090 (compute capability 12.0): it is built for compute capability 6.0 to 9.0",
      remedy: expect.stringMatching(/WebGPU can.*Vulkan/),
      action: null,
    },
  ])
  expect(idleGpus([{ ...rtx4090, tensorflow: false }], engine(null), windows)).toEqual([
    {
      problem: "TensorFlow's library can't use the NVIDIA GeForce RTX 4090 (compute capability 8.9): it is built for Linux on x86-64",
      remedy: expect.stringMatching(/WebGPU can.*Direct3D 12/),
      action: null,
    },
  ])
})

test('the driver that WebGPU needs is the one of the platform', () => {
  expect(driverRemedy('linux')).toContain('Vulkan')
  expect(driverRemedy('win32')).toContain('Direct3D 12')
  expect(driverRemedy('darwin')).toContain('Metal')
  for (const platform of ['win32', 'darwin'] as const) expect(driverRemedy(platform)).not.toContain('Vulkan')
})

test('it is none if WebGPU reaches it, whether it was faster or not, or if WebGPU was not asked', () => {
  expect(idleGpus([rtx5090], engine('nvidia geforce rtx 5090'))).toEqual([])
  expect(idleGpus([rtx5090], engine(undefined))).toEqual([])
  expect(idleGpus([rtx5090], engine('amd radeon rx 7900 xtx'), linux)).toHaveLength(1) // it reaches another one
  expect(idleGpus([rtx4090], engine(null))).toEqual([])
  expect(idleGpus([rtx5090], null)).toEqual([])
})
