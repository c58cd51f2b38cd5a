import { mkdirSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { availableMemory } from '../common/available-memory.ts'
import { toErrorValue } from '../common/errors.ts'
import type { LocalEngineOptions } from '../engine/hosts/engine-process.ts'
import { startLocalEngine } from '../engine/hosts/local-process.ts'
import type { EngineInfo, Measurement } from '../engine/protocol.ts'
import { type InstalledRuntime, lastFailure, listRuntimes } from '../runtimes/list.ts'
import { listGpus } from './gpus.ts'
import { laurelVersion } from './version.ts'

export interface Problem {
  readonly problem: string
  readonly remedy: string
}

/** Below this, a run of the smallest real model cannot be expected to end (GB). */
const least = { memory: 4, disk: 5 }

/** All that decides whether and how fast Laurel works on this machine, as `laurel doctor --json` prints it. */
export async function examine(home: string, options: Omit<LocalEngineOptions, 'home'>) {
  mkdirSync(home, { recursive: true })
  const [{ info, measurement, problems }, gpus] = await Promise.all([examineEngine(home, options), listGpus()])
  const memory = { total_gb: gigabytes(totalmem()), free_gb: gigabytes(availableMemory()) }
  const disk = { folder: home, free_gb: gigabytes(freeBytes(home)) }
  const runtimes = listRuntimes(home)
  return {
    laurel: laurelVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    backend: info?.backend ?? null,
    library: info?.version ?? null,
    device: info?.device ?? null,
    threads: info?.threads ?? null,
    matmul: measurement && { float32_gflops: measurement.float32Gflops, bfloat16_gflops: measurement.bfloat16Gflops },
    processor: { model: cpus()[0]?.model ?? 'unknown', count: availableParallelism() },
    gpus,
    memory,
    disk,
    runtimes: runtimes.map(describeRuntime),
    problems: [
      ...problems,
      ...runtimes.flatMap(damaged),
      ...(runtimes.length === 0 ? failedInstalls(home) : []),
      ...shortages(memory.free_gb, disk.free_gb),
    ],
  }
}
export type Examination = Awaited<ReturnType<typeof examine>>

interface EngineExamination {
  readonly info: EngineInfo | null
  readonly measurement: Measurement | null
  readonly problems: Problem[]
}

/** Start an engine as every command does, and let it tell and measure. */
async function examineEngine(home: string, options: Omit<LocalEngineOptions, 'home'>): Promise<EngineExamination> {
  try {
    const engine = await startLocalEngine({ home, ...options })
    try {
      const info = await engine.info()
      const remedy = 'Install the native runtime: `laurel runtime install cpu` (with an NVIDIA GPU: cuda).'
      return { info, measurement: await engine.measure(), problems: info.notice === '' ? [] : [{ problem: info.notice, remedy }] }
    } finally {
      await engine.close()
    }
  } catch (thrown) {
    const { message, remedy } = toErrorValue(thrown)
    return { info: null, measurement: null, problems: [{ problem: message, remedy }] }
  }
}

const describeRuntime = ({ name, root, bytes, state }: InstalledRuntime) =>
  typeof state === 'string'
    ? { name, folder: root, gb: null, state: `damaged: ${state}`, tensorflow: null }
    : { name, folder: root, gb: gigabytes(bytes), state: 'ready', tensorflow: state.tensorflow }

const damaged = ({ name, state }: InstalledRuntime): Problem[] =>
  typeof state === 'string' ? [{ problem: `the runtime pack ${name} is damaged: ${state}`, remedy: `laurel runtime install ${name}` }] : []

const failedInstalls = (home: string): Problem[] =>
  (['cpu', 'cuda'] as const).flatMap((kind) => {
    const failure = lastFailure(home, kind)
    if (!failure) return []
    const problem = `installing the ${kind} runtime failed on ${failure.at.slice(0, 10)}: ${failure.reason}`
    return [{ problem, remedy: `See to that, then: laurel runtime install ${kind}` }]
  })

function shortages(memory: number, disk: number): Problem[] {
  return [
    ...(memory < least.memory
      ? [{ problem: `only ${memory} GB of memory are free`, remedy: 'Close other programs, or use a small model and batch.' }]
      : []),
    ...(disk < least.disk
      ? [{ problem: `only ${disk} GB of disk are free`, remedy: 'Free space, or set LAUREL_HOME to another disk.' }]
      : []),
  ]
}

const gigabytes = (bytes: number): number => Math.round(bytes / 1e8) / 10

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
