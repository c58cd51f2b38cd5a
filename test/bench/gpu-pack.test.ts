import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect } from 'vitest'
import { partsOf } from '../../bench/gpu/gpu-parts.ts'
import { MOST_BYTES, pack } from '../../bench/gpu/pack.ts'
import { gpuReport } from '../../bench/gpu/report-schema.ts'
import type { ReferenceCase } from '../../bench/harness/reference-numbers.ts'
import { needing, softwareAdapter } from '../support/needs.ts'
import { swiftShader } from '../support/software-adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-gpu-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const xz = { isMet: ['/usr/bin/xz', '/bin/xz'].some(existsSync), reason: 'no xz' }
const { test } = needing(softwareAdapter, xz)

/** The part that takes longest on a software adapter; its kernels have tests of their own. */
const withoutTime = 'webgpu kernels, bfloat16'

/** All parts, with more time than a busy machine needs. */
const partNames = partsOf({ limits: {}, sizes: 'tiny', models: '', peers: '', python: '', self: [''] }).map(({ name }) => name)

/** Reference numbers that no model has. */
function spoil(path: string): void {
  const { cases, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { cases: ReferenceCase[] }
  cases[0].last_logits[0] += 2
  writeFileSync(path, JSON.stringify({ ...rest, cases }))
}

test('what is packed measures everything elsewhere, though one part fails, one has no time, and no peer is installed', async () => {
  const packed = join(folder, 'packed')
  expect(await pack(packed, 0)).toBeLessThan(MOST_BYTES) // even almost uncompressed
  spoil(join(packed, 'models/llama-tied/expected.json'))

  const out = join(folder, 'gpu.json')
  const limits = partNames.flatMap((name) => ['--limit', `${name}=${name === withoutTime ? 0 : 600}`])
  const options = ['--sizes', 'tiny', '--seconds', '3600', '--python', '/no/such/python', '--out', out, ...limits]
  const env = { PATH: process.env.PATH, VK_ICD_FILENAMES: swiftShader, LAUREL_HOME: join(folder, 'home') }
  const { stdout } = await promisify(execFile)('bash', [join(packed, 'gpu.sh'), 'run', packed, ...options], {
    ...{ cwd: folder, env, maxBuffer: 1e8 },
  })

  const report = gpuReport.parse(JSON.parse(readFileSync(out, 'utf8')))
  const parts = new Map(report.parts.map((part) => [part.name, part]))
  const done = report.parts.flatMap(({ name, status }) => (status === 'done' ? [name] : []))
  expect(done).toEqual([
    ...['adapter', 'webgpu products, float32', 'webgpu products, bfloat16', 'webgpu training, float32', 'webgpu decoding, float32'],
    ...['webgpu kernels, float32', 'webgpu training, bfloat16', 'webgpu decoding, bfloat16'],
  ])
  expect(parts.get('webgpu parity, float32')).toMatchObject({
    ...{ status: 'failed', error: expect.stringMatching(/^Error: llama-tied, case 1: logits differ by /) },
  })
  expect(parts.get(withoutTime)).toMatchObject({ status: 'timed out', figures: [] })
  expect(parts.get('torch products')).toMatchObject({ status: 'not installed', error: '/no/such/python' })
  expect(parts.get('tensorflow training, float32')).toMatchObject({ status: 'not installed' })
  expect(report.adapter).toMatchObject({ isSoftware: true, limits: { maxBufferSize: expect.any(Number) } })

  const measured = new Set(report.figures.map(({ work, precision, measure }) => `${work}, ${precision}: ${measure}`))
  for (const precision of ['float32', 'bfloat16']) {
    for (const figure of ['pairs/s', 'tokens/s', 'TFLOP/s', 'peak GB'])
      expect(measured).toContain(`DPO step, 2 pairs, ${precision}: ${figure}`)
    expect(measured).toContain(`decoding, 4 sequences, ${precision}: tokens/s`)
    expect(measured).toContain(`product 16x16x24, ${precision}: TFLOP/s`)
  }
  for (const figure of ['error', 'calls/s', 'GB/s', 'TFLOP/s', 'device µs'])
    expect(measured).toContain(`attention over texts, float32: ${figure}`)
  expect(report.peaks.float32).toMatchObject({ program: 'webgpu', work: 'product 16x16x24' })
  expect(report.figures.every(({ shareOfTorch }) => shareOfTorch === null)).toBe(true)
  expect(stdout).toContain('This is a processor in place of a GPU')
  expect(stdout).toMatch(/webgpu parity, float32: failed: Error: llama-tied/)
}, 1_800_000) // a software adapter on a busy machine
