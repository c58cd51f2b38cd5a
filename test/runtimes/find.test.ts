import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findRuntime, usableRuntime } from '../../main/runtimes/find.ts'
import { listRuntimes } from '../../main/runtimes/list.ts'
import type { Manifest } from '../../main/runtimes/manifest.ts'
import type { RuntimeKind } from '../../main/shared/enums.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-runtimes-'))
})
afterEach(() => rmSync(home, { recursive: true }))

/** A pack whose library is only a few bytes. */
function pack(kind: RuntimeKind, binding = 'tfjs_binding.node'): string {
  const folder = join(home, 'runtimes', kind)
  mkdirSync(join(folder, binding, '..'), { recursive: true })
  writeFileSync(join(folder, binding), 'code')
  const sha256 = '0'.repeat(64)
  const manifest: Manifest = {
    ...{ name: kind, kind, tensorflow: '2.18.1', source: 'wheel', wheels: [], binding, binding_sha256: sha256, kernels: null },
    created: '2026-01-01T00:00:00.000Z',
    files: [{ path: binding, bytes: 4, sha256 }],
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

test('finds nothing without a pack', () => {
  expect(findRuntime(home)).toBeNull()
  expect(findRuntime(join(home, 'nowhere'))).toBeNull()
})

test('the engine gets the folder of the binding', () => {
  const folder = pack('cuda', 'tensorflow/tfjs_binding.node')
  expect(findRuntime(home, true)).toMatchObject({ name: 'cuda', folder: join(folder, 'tensorflow') })
})

test('the cuda pack is best with a GPU, the cpu pack without, and the other is the fallback', () => {
  pack('cpu')
  expect(findRuntime(home, true)?.name).toBe('cpu')
  pack('cuda')
  expect(findRuntime(home, true)?.name).toBe('cuda')
  expect(findRuntime(home, false)?.name).toBe('cpu')
})

test('a pack with a missing or truncated file is listed as damaged and not used', () => {
  const folder = pack('cpu')
  writeFileSync(join(folder, 'tfjs_binding.node'), 'co')
  expect(findRuntime(home)).toBeNull()
  expect(listRuntimes(home)).toMatchObject([{ name: 'cpu', state: 'tfjs_binding.node has 2 bytes instead of 4' }])
  rmSync(join(folder, 'tfjs_binding.node'))
  expect(listRuntimes(home)).toMatchObject([{ name: 'cpu', state: 'tfjs_binding.node is missing' }])
})

test('unusable packs are an error that names the file; with no pack installed there is no error', () => {
  expect(usableRuntime(home)).toBeNull()
  const folder = pack('cpu')
  const path = join(folder, 'manifest.json')
  expect(usableRuntime(home)?.name).toBe('cpu')
  for (const [text, reason] of [
    ['{"name": "cpu"', 'not JSON'],
    ['{"name": "cpu"}', 'kind: '],
  ]) {
    writeFileSync(path, text)
    expect(() => usableRuntime(home)).toThrowError(
      expect.objectContaining({ code: 'RUNTIME_MISSING', message: expect.stringContaining(path) }),
    )
    expect(() => usableRuntime(home)).toThrowError(reason)
  }
  pack('cuda')
  expect(usableRuntime(home)?.name).toBe('cuda')
})

test('remains of an unfinished or replaced installation are not a pack', () => {
  for (const name of ['cpu.tmp-12', 'cpu.before']) mkdirSync(join(home, 'runtimes', name), { recursive: true })
  expect(listRuntimes(home)).toEqual([])
})
