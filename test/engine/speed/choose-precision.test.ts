import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { choosePrecision, verdict } from '../../../main/engine/process/speed/choose-precision.ts'
import { decodeStepSeconds } from '../../../main/engine/process/speed/decode-step.ts'
import { machineKey } from '../../../main/engine/process/speed/kept-comparison.ts'
import { othersShare } from '../../../main/engine/process/speed/others-share.ts'
import { useWasmBackend } from '../../support/native.ts'

let pack: string
beforeEach(() => {
  pack = mkdtempSync(join(tmpdir(), 'laurel-precision-'))
})
afterEach(() => rmSync(pack, { recursive: true, force: true }))

const native = { backend: 'tensorflow', device: 'CPU', threads: 2 } as const
const faster = { at: '2026-01-01T00:00:00.000Z', product: 0.4, step: 0.7 }
const slower = { at: '2026-01-02T00:00:00.000Z', product: 1.6, step: 1.3 }
/** Whether other programs are busy while something is measured. */
const machine =
  (isDisturbed: boolean) =>
  async <Result>(work: () => Promise<Result>) => ({ result: await work(), isDisturbed })
const quiet = machine(false)
const never = () => Promise.reject(new Error('measured although it is known'))

test('chooses bfloat16 only if both a product and a decode step are clearly faster', () => {
  expect(verdict(faster)).toEqual({
    precision: 'bfloat16',
    precisionReason: 'in bfloat16 a product takes 0.40 times and a decode step 0.70 times as long as in float32',
  })
  expect(verdict(slower).precision).toBe('float32')
  expect(verdict({ ...faster, step: 1.2 }).precision).toBe('float32')
  expect(verdict({ ...faster, product: 0.97 }).precision).toBe('float32')
})

test('uses a requested precision without measuring', async () => {
  for (const wish of ['float32', 'bfloat16'] as const) {
    expect(await choosePrecision(wish, native, pack, never)).toMatchObject({ precision: wish })
  }
})

test('WebGPU uses bfloat16 only on request', async () => {
  const chosen = await choosePrecision('auto', { ...native, backend: 'webgpu' }, pack, never)
  expect(chosen).toEqual({ precision: 'float32', precisionReason: 'on WebGPU, bfloat16 is used only on request' })
})

test('backends without bfloat16 use float32', async () => {
  for (const backend of ['wasm', 'cpu'] as const) {
    const chosen = await choosePrecision('auto', { ...native, backend }, null, never)
    expect(chosen).toEqual({ precision: 'float32', precisionReason: `the ${backend} backend doesn't support bfloat16` })
  }
})

test('a machine is measured once, and again with another thread count, device or pack', async () => {
  expect(await choosePrecision('auto', native, pack, async () => faster, quiet)).toMatchObject({ precision: 'bfloat16' })
  expect(await choosePrecision('auto', native, pack, never)).toMatchObject({ precision: 'bfloat16' })
  expect(await choosePrecision('auto', { ...native, threads: 1 }, pack, async () => slower, quiet)).toMatchObject({ precision: 'float32' })
  expect(await choosePrecision('auto', { ...native, device: 'a GPU' }, pack, async () => slower, quiet)).toMatchObject({
    precision: 'float32',
  })
  expect(await choosePrecision('auto', native, pack, never)).toMatchObject({ precision: 'bfloat16' })
  const renewed = join(pack, 'renewed')
  mkdirSync(renewed)
  expect(await choosePrecision('auto', native, renewed, async () => slower, quiet)).toMatchObject({ precision: 'float32' })
})

test('what was measured while other programs were busy says so, and is measured again after an hour', async () => {
  const at = new Date().toISOString()
  const reason =
    'in bfloat16 a product takes 1.60 times and a decode step 1.30 times as long as in float32, measured while other programs were busy'
  const spoiled = { precision: 'float32', precisionReason: reason }
  expect(await choosePrecision('auto', native, pack, async () => ({ ...slower, at }), machine(true))).toEqual(spoiled)
  expect(await choosePrecision('auto', native, pack, never)).toEqual(spoiled)
  expect(await choosePrecision('auto', { ...native, threads: 1 }, pack, async () => slower, machine(true))).toEqual(spoiled) // long ago
  expect(await choosePrecision('auto', { ...native, threads: 1 }, pack, async () => faster, quiet)).toMatchObject({ precision: 'bfloat16' })
  expect(await choosePrecision('auto', { ...native, threads: 1 }, pack, never)).toMatchObject({ precision: 'bfloat16' })
})

test('the share of others is the processors’ busy time without the process’s own', () => {
  const processor = (user: number, idle: number) => ({ times: { user, nice: 0, sys: 0, irq: 0, idle } })
  const before = [processor(100, 1000), processor(200, 2000)]
  const after = [processor(900, 1200), processor(700, 2500)] // 1,300 of 2,000 ms busy
  expect(othersShare(before, after, 300)).toBeCloseTo(0.5, 12)
  expect(othersShare(before, after, 1500)).toBe(0)
  expect(othersShare(before, before, 0)).toBe(0)
})

test('library environment variables are part of the machine key', () => {
  const keys = [{}, { ONEDNN_MAX_CPU_ISA: 'AVX2' }, { LAUREL_KERNELS: 'x86_v3' }, { TF_ENABLE_ONEDNN_OPTS: '0' }].map((env) =>
    machineKey('CPU', 2, env),
  )
  expect(new Set(keys).size).toBe(keys.length)
  expect(machineKey('CPU', 2, { HOME: '/elsewhere' })).toBe(keys[0])
})

test('measures again if the file is damaged or the pack cannot be written to', async () => {
  writeFileSync(join(pack, 'precision.json'), '{"CPU": 1')
  expect(await choosePrecision('auto', native, pack, async () => slower, quiet)).toMatchObject({ precision: 'float32' })
  expect(await choosePrecision('auto', native, pack, never)).toMatchObject({ precision: 'float32' })
  const missing = join(pack, 'missing')
  expect(await choosePrecision('auto', native, missing, async () => faster, quiet)).toMatchObject({ precision: 'bfloat16' })
})

test('a decode step is timed', async () => {
  await useWasmBackend()
  const seconds = await decodeStepSeconds(['float32'])
  expect([...seconds.keys()]).toEqual(['float32'])
  expect(seconds.get('float32')).toBeGreaterThan(0)
})
