import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Machine, parseNvidiaGpus, tensorflowAudience, tensorflowServes } from '../../main/common/nvidia-gpus.ts'
import { installRuntime, retryRemedy } from '../../main/runtimes/install.ts'
import { needing, posix } from '../support/needs.ts'
import { withNvidiaSmi } from '../support/nvidia-smi.ts'

const { test: onPosix } = needing(posix)
const linux = { platform: 'linux', arch: 'x64' } as const
const never = new AbortController().signal

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-cuda-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const rtx5090 = 'NVIDIA GeForce RTX 5090, 32607, 570.86.16, GPU-bbbb, 12.0\n'
const rtx4090 = 'NVIDIA GeForce RTX 4090, 24564, 570.86.16, GPU-aaaa, 8.9\n'

onPosix('a cuda pack for an RTX 50 alone is refused by the name of the card before anything is downloaded', async () => {
  await withNvidiaSmi(rtx5090, async () => {
    const steps: string[] = []
    await expect(installRuntime(home, 'cuda', (step) => steps.push(step), never, linux)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/NVIDIA GeForce RTX 5090 \(compute capability 12\.0\).*6\.0 to 9\.0/),
      remedy: expect.stringContaining('WebGPU'),
    })
    expect(steps).toEqual([expect.stringContaining("TensorFlow can't use the NVIDIA GeForce RTX 5090 (compute capability 12.0)")])
    expect(existsSync(join(home, 'downloads'))).toBe(false)
    expect(readdirSync(home)).toEqual([])
  })
})

onPosix.each([
  ['win32', 'x64'],
  ['darwin', 'arm64'],
  ['linux', 'arm64'],
] as const)('a cuda pack on %s-%s is refused for any card before anything is downloaded', async (platform, arch) => {
  for (const gpus of [rtx4090, rtx5090, null]) {
    await withNvidiaSmi(gpus, async () => {
      await expect(installRuntime(home, 'cuda', () => {}, never, { platform, arch })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('Linux on x86-64'),
        remedy: expect.stringContaining('WebGPU'),
      })
      expect(readdirSync(home)).toEqual([])
    })
  }
})

test('the remedy of a failed installation is for the platform, and a command that exists', () => {
  expect(retryRemedy('cuda', 'linux')).toMatch(/apt install.*`laurel runtime install cuda`/)
  for (const platform of ['win32', 'darwin'] as const) {
    expect(retryRemedy('cpu', platform)).toContain('`laurel runtime install cpu`')
    expect(retryRemedy('cpu', platform)).not.toMatch(/apt|pip|compiler/) // wheels aren't used there
  }
})

test('the cards that a cuda pack can and cannot serve are named', () => {
  const audience = (text: string, machine: Machine = linux) => tensorflowAudience(parseNvidiaGpus(text), machine)
  expect(audience(`${rtx4090}${rtx5090}`)).toBe(
    "TensorFlow can use the NVIDIA GeForce RTX 4090 (compute capability 8.9). TensorFlow can't use the NVIDIA GeForce RTX 5090 (compute capability 12.0): its GPU library is built for compute capability 6.0 to 9.0.",
  )
  expect(audience(rtx4090)).toBe('TensorFlow can use the NVIDIA GeForce RTX 4090 (compute capability 8.9).')
  expect(audience('')).toBe('No NVIDIA GPU was found.')
  expect(audience(rtx4090, { platform: 'win32', arch: 'x64' })).toBe(
    "TensorFlow can't use the NVIDIA GeForce RTX 4090 (compute capability 8.9): its GPU library is built for Linux on x86-64.",
  )
})

onPosix('the launcher decides like the installer', async () => {
  const { cudaServes } = await import(new URL('../../main/launcher/runtime-pack.js', import.meta.url).href)
  for (const capability of [5.2, 6.0, 7.5, 9.0, 10.0, 12.0]) {
    const expected = tensorflowServes({ name: 'a card', capability }, linux)
    await withNvidiaSmi(`${capability.toFixed(1)}\n`, async () => expect([capability, cudaServes('x64')]).toEqual([capability, expected]))
  }
  await withNvidiaSmi('12.0\n8.9\n', async () => {
    expect(cudaServes('x64')).toBe(true) // one of two is enough
    expect(cudaServes('arm64')).toBe(false)
  })
  await withNvidiaSmi('', async () => expect(cudaServes('x64')).toBe(true), { refuses: 'compute_cap' }) // an old driver
})
