import { expect, test } from 'vitest'
import {
  freeGpuMemory,
  gpusCalled,
  isBuiltFor,
  leastMemory,
  nvidiaGpus,
  nvidiaName,
  parseNvidiaGpus,
  tensorflowServes,
} from '../../main/common/nvidia-gpus.ts'
import { needing, posix } from '../support/needs.ts'
import { withNvidiaSmi } from '../support/nvidia-smi.ts'

const { test: onPosix } = needing(posix)

const both = `NVIDIA GeForce RTX 4090, 24564, 570.86.16, GPU-aaaa, 8.9
NVIDIA GeForce RTX 5090, 32607, 570.86.16, GPU-bbbb, 12.0
`

test('GPUs are read with their memory and compute capability', () => {
  expect(parseNvidiaGpus(both)).toEqual([
    { name: 'NVIDIA GeForce RTX 4090', bytes: 24564 * 2 ** 20, driver: '570.86.16', uuid: 'GPU-aaaa', capability: 8.9 },
    { name: 'NVIDIA GeForce RTX 5090', bytes: 32607 * 2 ** 20, driver: '570.86.16', uuid: 'GPU-bbbb', capability: 12 },
  ])
  expect(parseNvidiaGpus('No devices were found\n')).toEqual([])
})

test.each([
  ['GeForce GTX 980', 5.2, false],
  ['GeForce GTX 1080', 6.1, true],
  ['GeForce RTX 2080', 7.5, true],
  ['NVIDIA GeForce RTX 4090', 8.9, true],
  ['NVIDIA H200', 9.0, true],
  ['NVIDIA B200', 10.0, false],
  ['NVIDIA GeForce RTX 5070 Ti', 12.0, false],
  ['NVIDIA GeForce RTX 5090', null, false], // an old driver's name alone
  ['NVIDIA RTX PRO 6000 Blackwell Workstation Edition', null, false],
  ['Quadro RTX 5000', null, true],
  ['NVIDIA RTX 5000 Ada Generation', null, true],
])('TensorFlow on %s (%s): %s', (name, capability, serves) => {
  expect(tensorflowServes({ name, capability }, { platform: 'linux', arch: 'x64' })).toBe(serves)
})

test.each([
  ['linux', 'x64', true],
  ['linux', 'arm64', false], // TensorFlow's wheels for ARM have no GPU code
  ['win32', 'x64', false],
  ['darwin', 'x64', false],
  ['darwin', 'arm64', false],
] as const)('TensorFlow on an RTX 4090 on %s-%s: %s', (platform, arch, serves) => {
  const card = { name: 'NVIDIA GeForce RTX 4090', capability: 8.9 }
  expect(tensorflowServes(card, { platform, arch })).toBe(serves)
  expect(isBuiltFor(card)).toBe(true) // an older pack may still compute on it
})

onPosix('the program nvidia-smi is asked; an old one that knows no compute capability is asked again without', async () => {
  await withNvidiaSmi(both, async () =>
    expect((await nvidiaGpus()).map(nvidiaName)).toEqual([
      'NVIDIA GeForce RTX 4090 (compute capability 8.9)',
      'NVIDIA GeForce RTX 5090 (compute capability 12.0)',
    ]),
  )
  await withNvidiaSmi(
    'GeForce GTX 1080, 8119, 384.130, GPU-cccc\n',
    async () => expect(await nvidiaGpus()).toMatchObject([{ name: 'GeForce GTX 1080', capability: null, uuid: 'GPU-cccc' }]),
    { refuses: 'compute_cap' },
  )
})

onPosix('without a driver or with one that fails there is no GPU', async () => {
  await withNvidiaSmi('NVIDIA-SMI has failed\n', async () => expect(await nvidiaGpus()).toEqual([]), { refuses: 'name' })
  await withNvidiaSmi(null, async () => expect(await nvidiaGpus()).toEqual([]))
})

test('the memory of a GPU is that of its name, and the smallest of several', () => {
  const gpus = parseNvidiaGpus(both)
  const memoryOf = (device: string) => leastMemory(gpusCalled(device, gpus))
  expect(memoryOf('NVIDIA GeForce RTX 5090')).toBe(32607 * 2 ** 20)
  expect(memoryOf('nvidia geforce rtx 4090')).toBe(24564 * 2 ** 20) // as WebGPU calls it
  expect(memoryOf('nvidia geforce rtx 4090 laptop gpu')).toBeNull()
  expect(memoryOf('amd radeon rx 7900 xtx radv navi31')).toBeNull()
  expect(leastMemory(gpus)).toBe(24564 * 2 ** 20)
  expect(leastMemory([])).toBeNull()
  expect(leastMemory(parseNvidiaGpus('NVIDIA GB10, [N/A], 580.95, GPU-dddd, 12.1\n'))).toBeNull() // it shares the machine's
})

onPosix('free memory is that of the GPU that computes', async () => {
  await withNvidiaSmi('NVIDIA GeForce RTX 4090, 20000\nNVIDIA GeForce RTX 5090, 30000\nNVIDIA GB10, [N/A]\n', async () => {
    expect(await freeGpuMemory('NVIDIA GeForce RTX 5090')).toBe(30000 * 2 ** 20)
    expect(await freeGpuMemory('nvidia geforce rtx 5090')).toBe(30000 * 2 ** 20)
    expect(await freeGpuMemory('NVIDIA GB10')).toBeNull()
    expect(await freeGpuMemory('intel arc a770 graphics dg2')).toBeNull()
  })
  await withNvidiaSmi(null, async () => expect(await freeGpuMemory('NVIDIA GeForce RTX 5090')).toBeNull())
})
