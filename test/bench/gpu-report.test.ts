import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { compareFigures, peaksOf } from '../../bench/gpu/compare-figures.ts'
import { LIMIT_SECONDS, partsOf } from '../../bench/gpu/gpu-parts.ts'
import { measureGpu } from '../../bench/gpu/measure-gpu.ts'
import { errorOf } from '../../bench/gpu/parts/kernels.ts'
import { type Figure, gpuReport, type PartResult } from '../../bench/gpu/report-schema.ts'
import { reportText } from '../../bench/gpu/report-text.ts'
import { type Part, type PartOutcome, runPart } from '../../bench/gpu/run-part.ts'
import { vulkanDrivers } from '../../bench/gpu/vulkan-drivers.ts'
import { operand } from '../../main/engine/backends/operand.ts'
import { usePlainBackend } from '../support/native.ts'
import { needing, posix } from '../support/needs.ts'

const figure = (program: Figure['program'], measure: Figure['measure'], value: number, work = 'product 8x8x8'): Figure => ({
  ...{ program, work, precision: 'float32', measure, value },
})

describe('a figure', () => {
  test('is a share of the best peer at the same work, whichever direction is better', () => {
    const figures = [figure('webgpu', 'tokens/s', 30), figure('torch', 'tokens/s', 40), figure('transformers', 'tokens/s', 60)]
    expect(compareFigures(figures)).toEqual([{ ...figures[0], shareOfTorch: 0.5, peer: 'transformers', shareOfPeak: null }])
    const memory = [figure('webgpu', 'peak GB', 2), figure('torch', 'peak GB', 6), figure('TRL', 'peak GB', 4)]
    expect(compareFigures(memory)).toMatchObject([{ shareOfTorch: 2, peer: 'TRL' }])
  })

  test('has no share without a peer at the same work, precision, and measure', () => {
    const mine = figure('webgpu', 'tokens/s', 30, 'decoding')
    const others = [
      figure('torch', 'tokens/s', 40, 'SFT'),
      figure('torch', 'pairs/s', 40, 'decoding'),
      { ...figure('torch', 'tokens/s', 40, 'decoding'), precision: 'bfloat16' } as const,
      figure('tensorflow', 'tokens/s', 40, 'decoding'),
    ]
    expect(compareFigures([mine, ...others])[0]).toMatchObject({ shareOfTorch: null, peer: null })
    expect(compareFigures([figure('webgpu', 'error', 1e-6), figure('torch', 'error', 1e-6)])[0].shareOfTorch).toBeNull()
  })

  test("of useful operations is a share of the card's peak: torch's fastest product, or Laurel's own without torch", () => {
    const mine = [figure('webgpu', 'TFLOP/s', 4, 'DPO step'), figure('webgpu', 'TFLOP/s', 8)]
    const torch = [
      figure('torch', 'TFLOP/s', 10),
      figure('torch', 'TFLOP/s', 16, 'product 9x9x9'),
      figure('torch', 'TFLOP/s', 99, 'DPO step'),
    ]
    expect(peaksOf([...mine, ...torch])).toEqual({ float32: { tflops: 16, program: 'torch', work: 'product 9x9x9' } })
    expect(compareFigures([...mine, ...torch])[0].shareOfPeak).toBe(0.25)
    expect(peaksOf(mine)).toEqual({ float32: { tflops: 8, program: 'webgpu', work: 'product 8x8x8' } })
    expect(compareFigures(mine)[0].shareOfPeak).toBe(0.5)
    expect(peaksOf([])).toEqual({})
  })
})

needing(posix).describe('a part', () => {
  const { test } = needing(posix)
  const node = (code: string): Part => ({ name: 'part', limitSeconds: 7, command: process.execPath, args: ['-e', code] })
  const line = (content: object): string => `console.log(${JSON.stringify(JSON.stringify(content))});`
  const measured = figure('webgpu', 'tokens/s', 5)
  const never = new AbortController().signal

  test('is done when it says so, even if its process crashes afterward', async () => {
    const code = `${line({ figure: measured })} console.log('noise'); console.log('{"other":1}'); ${line({ finished: true })} process.exitCode = 3`
    expect(await runPart(node(code), { signal: never })).toMatchObject({
      status: 'done',
      error: null,
      figures: [measured],
      limitSeconds: 7,
      notes: [`a line that can't be read: {"other":1}`],
    })
  })

  test('that fails keeps what it measured, and the reason', async () => {
    const code = `${line({ figure: measured })} throw new RangeError('the device is gone')`
    expect(await runPart(node(code), { signal: never })).toMatchObject({
      ...{ status: 'failed', error: 'RangeError: the device is gone', figures: [measured] },
    })
    expect(await runPart(node('process.exitCode = 5'), { signal: never })).toMatchObject({ status: 'failed', error: 'exit code 5' })
    expect(await runPart(node(''), { signal: never })).toMatchObject({ status: 'failed', error: 'it ended before it had finished' })
  })

  test('that takes too long is ended with all its processes, and keeps what it measured', async () => {
    const over = new AbortController()
    const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });` // holds the pipe
    const code = `${child} ${line({ figure: measured })} setInterval(() => {}, 1000)`
    const result = await runPart(node(code), { signal: over.signal, onLine: () => over.abort() })
    expect(result).toMatchObject({ status: 'timed out', error: 'it took longer than 7 s', figures: [measured] })
  })

  test('without any time is not started', async () => {
    const result = await runPart(node(line({ finished: true })), { signal: AbortSignal.abort() })
    expect(result).toMatchObject({ status: 'timed out', seconds: expect.any(Number), figures: [] })
  })

  test('whose program or library is missing is not installed', async () => {
    expect(await runPart({ ...node(''), command: '/no/such/python' }, { signal: never })).toMatchObject({
      ...{ status: 'not installed', error: '/no/such/python' },
    })
    expect(await runPart(node(line({ missing: 'torch' })), { signal: never })).toMatchObject({ status: 'not installed', error: 'torch' })
  })
})

describe('the measurement', () => {
  const part = (name: string): Part => ({ name, limitSeconds: 10, command: '', args: [] })
  const outcome = (name: string, status: PartResult['status'], figures: Figure[] = []): PartOutcome => ({
    ...{
      name,
      status,
      error: status === 'done' ? null : 'why',
      seconds: 4,
      limitSeconds: 10,
      notes: [],
      versions: {},
      figures,
      adapter: null,
    },
  })

  /** Runs parts that each take four seconds of a clock that stands still otherwise. */
  async function measured(names: readonly string[], limitSeconds: number, failing: readonly string[] = []) {
    let seconds = 0
    const limits: number[] = []
    const reports: unknown[] = []
    const report = await measureGpu({
      ...{ parts: names.map(part), limitSeconds, sizes: 'tiny', laurel: 'abc' },
      onPart: (each) => reports.push(each),
      now: () => seconds,
      timeOver(limit) {
        limits.push(limit)
        return new AbortController().signal
      },
      async run({ name }) {
        seconds += 4
        return failing.includes(name) ? outcome(name, 'failed') : outcome(name, 'done', [figure('webgpu', 'tokens/s', 5, name)])
      },
    })
    return { report, limits, reports }
  }

  test('records a part that fails, and does the others', async () => {
    const { report, reports } = await measured(['a', 'b', 'c'], 540, ['b'])
    expect(report.parts.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'done'],
      ['b', 'failed'],
      ['c', 'done'],
    ]) // prettier
    expect(report.figures.map(({ work }) => work)).toEqual(['a', 'c'])
    expect(reports).toHaveLength(3) // a whole report after each part
    for (const each of reports) expect(gpuReport.safeParse(each).error).toBeUndefined()
    expect(reportText(report)).toContain('b: failed: why')
  })

  test('gives no part more time than is left, and starts none after its end', async () => {
    const { report, limits } = await measured(['a', 'b', 'c', 'd'], 9)
    expect(limits).toEqual([9, 5, 1])
    expect(report.parts.at(-1)).toMatchObject({ name: 'd', status: 'not started', error: 'the 9 s of the whole measurement were over' })
  })

  test('takes at most nine minutes, all parts with different names', () => {
    const place = { limits: {}, sizes: 'standard', models: 'm', peers: 'p', python: 'python3', self: ['node', 'gpu.js'] }
    const parts = partsOf(place)
    expect(LIMIT_SECONDS).toBe(540)
    expect(parts.reduce((sum, { limitSeconds }) => sum + limitSeconds, 0)).toBeLessThanOrEqual(LIMIT_SECONDS)
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length)
    expect(partsOf({ ...place, limits: { 'torch products': 1 } }).find(({ name }) => name === 'torch products')?.limitSeconds).toBe(1)
  })
})

describe('the error of a kernel', () => {
  beforeAll(usePlainBackend)
  const x = () => tf.tensor1d([1, 2, 3, 4])

  test('is the largest relative difference of its outputs', async () => {
    const plain = () => ({ y: operand(x(), 'float32'), sums: { total: tf.sum(x()) } })
    expect(await errorOf(plain, plain)).toBe(0)
    expect(await errorOf(plain, () => ({ ...plain(), sums: { total: tf.scalar(10.5) } }))).toBeCloseTo(0.05, 6)
  })

  test('is no number if a value is none, or if the plain result is all zeros', async () => {
    expect(await errorOf(x, () => tf.tensor1d([1, 2, 3, Number.NaN]))).toBeNaN()
    expect(await errorOf(() => tf.zeros([4]), x)).toBe(Number.POSITIVE_INFINITY)
  })

  test('needs the same outputs', async () => {
    await expect(
      errorOf(
        () => ({ y: x(), z: x() }),
        () => ({ y: x() }),
      ),
    ).rejects.toThrow('has no output result.z') // prettier
  })
})

test("a driver that a container mounts is shown to Vulkan, unless the user chose one or it is in the loader's own places", () => {
  const mounted = '/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json'
  expect(vulkanDrivers({}, (path) => path === mounted)).toEqual({ VK_DRIVER_FILES: mounted })
  expect(vulkanDrivers({ VK_ICD_FILENAMES: 'mine.json' }, (path) => path === mounted)).toEqual({})
  expect(vulkanDrivers({}, () => false)).toEqual({})
})
