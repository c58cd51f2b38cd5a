import { expect, test } from 'vitest'
import { hasOldKernels, kernelSourcesHash, kernelVariants } from '../../main/runtimes/kernel-sources.ts'
import type { Manifest } from '../../main/runtimes/manifest.ts'

const sources = kernelSourcesHash()

const pack = (source: Manifest['source'], kernels: Manifest['kernels']): Manifest => ({
  ...{ name: 'cpu', kind: 'cpu', tensorflow: '2.18.1', source, wheels: [], binding: 'tfjs_binding.node', kernels },
  ...{ binding_sha256: '0'.repeat(64), created: '2026-01-01T00:00:00.000Z', files: [] },
})

test('a pack without kernels, or with kernels from other sources, is out of date', () => {
  expect(hasOldKernels(pack('wheel', { sources, compiled: true }))).toBe(false)
  expect(hasOldKernels(pack('wheel', { sources: '0'.repeat(64), compiled: true }))).toBe(true)
  expect(hasOldKernels(pack('wheel', null))).toBe(true)
})

test('a compiler that failed on these sources is not tried again', () => {
  expect(hasOldKernels(pack('wheel', { sources, compiled: false }))).toBe(false)
})

test('a precompiled binding has no kernels to update', () => {
  expect(hasOldKernels(pack('package', null))).toBe(false)
})

test('the launcher hashes the sources like the installer', async () => {
  const launcher = await import(new URL('../../main/launcher/runtime-pack.js', import.meta.url).href)
  expect(launcher.kernelSourcesHash()).toBe(sources)
})

test('kernels are compiled for this processor family', () => {
  expect(kernelVariants().map(({ name }) => name)).toEqual(
    process.arch === 'x64' ? ['x86_v3', 'x86_v4', 'x86_bf16', 'x86_amx'] : ['portable'],
  )
})
