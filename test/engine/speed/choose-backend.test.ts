import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deviceFailure, failDevice } from '../../../main/engine/backends/device-state.ts'
import type { BackendOptions } from '../../../main/engine/backends/start-backend.ts'
import { type ChoiceOptions, candidatePrecisions, startChosenBackend, verdict } from '../../../main/engine/process/speed/choose-backend.ts'
import { trainingStepSeconds } from '../../../main/engine/process/speed/training-step.ts'
import type { BackendName, EngineInfo } from '../../../main/shared/engine-protocol.ts'
import { LaurelError } from '../../../main/shared/errors.ts'
import type { PrecisionWish } from '../../../main/shared/train-config.ts'
import { useWasmBackend } from '../../support/native.ts'

let runtimeFolder: string
beforeEach(() => {
  runtimeFolder = mkdtempSync(join(tmpdir(), 'laurel-backend-'))
})
afterEach(() => rmSync(runtimeFolder, { recursive: true, force: true }))

const arc = { name: 'intel arc a770', driver: 'Intel open-source Mesa driver: Mesa 25.0.7', isSoftware: false }
type Times = Readonly<Record<'webgpu' | 'tensorflow', { train: number; step: number }>>
const fasterGpu: Times = { webgpu: { train: 0.1, step: 0.2 }, tensorflow: { train: 1, step: 0.25 } }
const slowerGpu: Times = { webgpu: { train: 1, step: 0.5 }, tensorflow: { train: 0.9, step: 0.25 } }

/** Backends that start and take the given times; what was asked of them is in `journal`. */
function machine(times: Times | null, gpu: typeof arc | null = arc, isDisturbed = false) {
  const journal: string[] = []
  const tools = {
    reachableGpu: async () => gpu,
    start: async ({ backend, first, precision }: BackendOptions): Promise<EngineInfo> => {
      const started = backend ?? first ?? 'tensorflow'
      journal.push(`start ${started}`)
      return { backend: started, version: '1', device: started, threads: 2, precision, notice: '' }
    },
    time: async (backend: BackendName, wish: PrecisionWish) => {
      journal.push(`time ${backend} in ${wish}`)
      if (times === null) throw new Error('measured although it is known')
      return times[backend as 'webgpu']
    },
    use: async (backend: BackendName) => journal.push(`use ${backend}`),
    leave: (backend: BackendName) => void journal.push(`leave ${backend}`),
    watch: async <Result>(work: () => Promise<Result>) => ({ result: await work(), isDisturbed }),
    code: () => 'this version',
  }
  const choose = (options: Partial<ChoiceOptions> = {}) =>
    startChosenBackend({ precision: 'auto', threads: 2, runtimeFolder, ...options }, tools)
  return { journal, tools, choose }
}

test('WebGPU is chosen if training and sampling together are clearly faster', () => {
  expect(verdict({ train: 0.1, step: 0.8 }, 'Arc')).toEqual({
    backend: 'webgpu',
    backendReason: 'with WebGPU on Arc a training step takes 0.10 times and a decode step 0.80 times as long as with TensorFlow',
  })
  expect(verdict({ train: 0.5, step: 1.5 }, 'Arc').backend).toBe('webgpu')
  expect(verdict({ train: 0.5, step: 2.5 }, 'Arc').backend).toBe('tensorflow')
  expect(verdict({ train: 0.99, step: 0.97 }, 'Arc').backend).toBe('tensorflow')
})

test('what was measured while other programs were busy is used for an hour, and doesn’t count as an attempt that failed', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  for (let hour = 0; hour < 3; hour++) {
    expect(await machine(slowerGpu, arc, true).choose()).toMatchObject({ backend: 'tensorflow' })
    expect(await machine(null).choose()).toMatchObject({ backend: 'tensorflow' })
    vi.advanceTimersByTime(3_600_000)
  }
  expect(await machine(fasterGpu).choose()).toMatchObject({ backend: 'webgpu' })
  vi.useRealTimers()
})

test('on a machine with a GPU both are measured once, and later engines start the faster', async () => {
  const first = machine(fasterGpu)
  expect(await first.choose()).toMatchObject({
    backend: 'webgpu',
    webgpuDevice: arc.name,
    backendReason: expect.stringContaining('0.10 times'),
  })
  expect(first.journal).toEqual(['start webgpu', 'time webgpu in auto', 'start tensorflow', 'time tensorflow in auto', 'use webgpu'])
  const second = machine(null)
  expect(await second.choose()).toMatchObject({ backend: 'webgpu', backendReason: expect.stringContaining('0.10 times') })
  expect(second.journal).toEqual(['start webgpu'])
})

test('a slower GPU is given back, and later engines start TensorFlow', async () => {
  const first = machine(slowerGpu)
  expect(await first.choose()).toMatchObject({ backend: 'tensorflow', webgpuDevice: arc.name })
  expect(first.journal.at(-1)).toBe('leave webgpu')
  const second = machine(null)
  expect(await second.choose()).toMatchObject({ backend: 'tensorflow' })
  expect(second.journal).toEqual(['start tensorflow'])
})

test('another driver and other code of Laurel are measured again', async () => {
  await machine(fasterGpu).choose()
  expect(await machine(slowerGpu, { ...arc, driver: 'a newer one' }).choose()).toMatchObject({ backend: 'tensorflow' })
  const updated = { ...machine(slowerGpu).tools, code: () => 'the next version' }
  expect(await startChosenBackend({ precision: 'auto', threads: 2, runtimeFolder }, updated)).toMatchObject({ backend: 'tensorflow' })
  expect(await machine(null).choose()).toMatchObject({ backend: 'webgpu' })
})

test('another GPU, another number of threads and another pack are measured again', async () => {
  await machine(fasterGpu).choose()
  expect(await machine(slowerGpu, { ...arc, name: 'another' }).choose()).toMatchObject({ backend: 'tensorflow' })
  expect(await machine(slowerGpu).choose({ threads: 1 })).toMatchObject({ backend: 'tensorflow' })
  const renewed = mkdtempSync(join(runtimeFolder, 'renewed-'))
  expect(await machine(slowerGpu).choose({ runtimeFolder: renewed })).toMatchObject({ backend: 'tensorflow' })
  expect(await machine(null).choose()).toMatchObject({ backend: 'webgpu' })
})

test('a requested precision is measured in itself, and its result is its own', async () => {
  await machine(slowerGpu).choose()
  const first = machine(fasterGpu)
  expect(await first.choose({ precision: 'bfloat16' })).toMatchObject({ backend: 'webgpu', precision: 'bfloat16' })
  expect(first.journal).toContain('time webgpu in bfloat16')
  expect(first.journal).toContain('time tensorflow in bfloat16')
  expect(await machine(slowerGpu).choose({ precision: 'float32' })).toMatchObject({ backend: 'tensorflow', precision: 'float32' })
  expect(await machine(null).choose({ precision: 'bfloat16' })).toMatchObject({ backend: 'webgpu' })
  expect(await machine(null).choose()).toMatchObject({ backend: 'tensorflow', precision: 'float32' })
})

test('backends are timed in the precisions that they would use', () => {
  expect(candidatePrecisions('tensorflow', 'auto')).toEqual(['float32', 'bfloat16'])
  expect(candidatePrecisions('webgpu', 'auto')).toEqual(['float32'])
  for (const precision of ['float32', 'bfloat16'] as const) {
    expect([candidatePrecisions('tensorflow', precision), candidatePrecisions('webgpu', precision)]).toEqual([[precision], [precision]])
  }
})

test('nothing is measured without a GPU, without a pack, or for a backend by name', async () => {
  for (const precision of ['auto', 'bfloat16'] as const) {
    expect(await machine(null, null).choose({ precision })).toMatchObject({ backend: 'tensorflow', webgpuDevice: null })
    expect(await machine(null).choose({ precision, runtimeFolder: null })).toMatchObject({ webgpuDevice: arc.name })
    expect(await machine(null).choose({ precision, backend: 'wasm' })).toMatchObject({ backend: 'wasm' })
  }
})

test('a GPU that fails while it is measured does not fail the engine, and is given up after two attempts with the reason', async () => {
  const broken = machine(fasterGpu)
  const failing = {
    ...broken.tools,
    time: async () => {
      const failure = new LaurelError('ENGINE_LOST', 'the device is lost', 'Resume.')
      failDevice(failure)
      throw failure
    },
  }
  const options = { precision: 'auto', threads: 2, runtimeFolder } as const
  const reason = `comparing WebGPU on ${arc.name} with TensorFlow failed`
  for (const backendReason of [`${reason}: the device is lost`, `${reason} twice: the device is lost`]) {
    expect(await startChosenBackend(options, failing)).toMatchObject({ backend: 'tensorflow', backendReason })
    expect(deviceFailure()).toBeUndefined()
  }
  const third = machine(null)
  expect(await third.choose()).toMatchObject({ backend: 'tensorflow', backendReason: `${reason} twice: the device is lost` })
  expect(third.journal).toEqual(['start tensorflow'])
})

test('a driver that ends the process while it is measured is given up after two attempts', async () => {
  const dying = { ...machine(fasterGpu).tools, start: () => new Promise<never>(() => {}) } // as if the process ended here
  const options = { precision: 'auto', threads: 2, runtimeFolder } as const
  for (let attempt = 0; attempt < 2; attempt++) {
    void startChosenBackend(options, dying)
    await new Promise(setImmediate)
  }
  const third = machine(null)
  expect(await third.choose()).toMatchObject({
    backend: 'tensorflow',
    backendReason: expect.stringMatching(/failed twice: the engine process ended$/),
  })
  expect(third.journal).toEqual(['start tensorflow'])
  expect(await machine(fasterGpu, { ...arc, driver: 'a newer one' }).choose()).toMatchObject({ backend: 'webgpu' })
})

test('a training step is timed, and leaves no tensors', async () => {
  await useWasmBackend()
  const { memory } = await import('@tensorflow/tfjs-core')
  const before = memory().numTensors
  expect(await trainingStepSeconds('float32', 4)).toBeGreaterThan(0)
  expect(memory().numTensors).toBe(before)
})
