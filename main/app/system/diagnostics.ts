import { mkdirSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { availableMemory } from '../../common/available-memory.ts'
import { gigabytes } from '../../common/numbers.ts'
import { gpuBuildFor, type Machine, nvidiaName } from '../../common/nvidia-gpus.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import { type InstalledRuntime, lastFailure, listRuntimes } from '../../runtimes/list.ts'
import type { Examination, Gpu, Problem } from '../../shared/contract/doctor-contract.ts'
import { driverRemedy, isSameGpu } from '../../shared/device-text.ts'
import type { EngineInfo } from '../../shared/engine-protocol.ts'
import type { RuntimeKind } from '../../shared/enums.ts'
import { toErrorValue } from '../../shared/errors.ts'
import type { Measurement } from '../../shared/measurement.ts'
import { listGpus } from './gpus.ts'

/** Bytes below which even the smallest real model is unlikely to complete a run. */
const least = { memory: 4e9, disk: 5e9 }

interface DiagnosticsOptions {
  readonly home: string
  readonly version: string
  readonly startEngine: () => Promise<Engine>
  /** Time multiplications too: takes all processors for a second. */
  readonly measure: boolean
}

/** Everything that determines whether and how fast Laurel runs on this machine. */
export async function examine({ home, version, startEngine, measure }: DiagnosticsOptions): Promise<Examination> {
  mkdirSync(home, { recursive: true })
  const [{ engine, measurement, problems }, gpus] = await Promise.all([examineEngine(startEngine, measure), listGpus()])
  const memory = { totalBytes: totalmem(), freeBytes: availableMemory() }
  const disk = { folder: home, freeBytes: freeBytesAt(home) }
  const packs = listRuntimes(home)
  const kind = gpus.some(({ tensorflow }) => tensorflow) ? 'cuda' : 'cpu'
  return {
    laurel: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    processor: { model: cpus()[0]?.model ?? 'unknown', count: availableParallelism() },
    ...{ engine, measurement, gpus, memory, disk },
    problems: [
      ...problems.map(({ problem, remedy = `Install the native runtime: \`laurel runtime install ${kind}\`.` }) => ({
        ...{ problem, remedy, action: install(kind) },
      })),
      ...idleGpus(gpus, engine),
      ...packs.flatMap(damaged),
      ...(packs.length === 0 ? failedInstalls(home) : []),
      ...shortages(memory.freeBytes, disk.freeBytes),
    ],
  }
}

interface EngineExamination {
  readonly engine: EngineInfo | null
  readonly measurement: Measurement | null
  readonly problems: { readonly problem: string; readonly remedy?: string }[]
}

/** Starts an engine the usual way, and lets it report and measure. */
async function examineEngine(startEngine: () => Promise<Engine>, measure: boolean): Promise<EngineExamination> {
  try {
    const engine = await startEngine()
    try {
      const info = await engine.info()
      const measurement = measure ? await engine.measure() : null
      return { engine: info, measurement, problems: info.notice === '' ? [] : [{ problem: info.notice }] }
    } finally {
      await engine.close()
    }
  } catch (thrown) {
    const { message, remedy } = toErrorValue(thrown)
    return { engine: null, measurement: null, problems: [{ problem: message, remedy }] }
  }
}

/** NVIDIA GPUs that compute nothing because TensorFlow's library isn't built for them and WebGPU doesn't reach them. */
export function idleGpus(gpus: readonly Gpu[], engine: EngineInfo | null, machine: Machine = process): Problem[] {
  const reached = engine?.webgpuDevice
  if (reached === undefined) return [] // WebGPU wasn't asked
  const idle = gpus.filter(({ name, tensorflow }) => !tensorflow && (reached === null || !isSameGpu(name, reached)))
  return idle.map(({ name, compute_capability: capability }) => ({
    problem: `TensorFlow's library can't use the ${nvidiaName({ name, capability })}: it is built for ${gpuBuildFor(machine)}`,
    remedy: `WebGPU can. ${driverRemedy(machine.platform)} \`laurel doctor --backend webgpu\` says what is missing.`,
    action: null,
  }))
}

const install = (kind: RuntimeKind): Problem['action'] => ({ do: 'install', kind })

function damaged({ name, state }: InstalledRuntime): Problem[] {
  if (typeof state !== 'string') return []
  const problem = `the runtime pack ${name} is damaged: ${state}`
  return [{ problem, remedy: `laurel runtime install ${name}`, action: name === 'cpu' || name === 'cuda' ? install(name) : null }]
}

const failedInstalls = (home: string): Problem[] =>
  (['cpu', 'cuda'] as const).flatMap((kind) => {
    const failure = lastFailure(home, kind)
    if (!failure) return []
    const problem = `installing the ${kind} runtime failed on ${failure.at.slice(0, 10)}: ${failure.reason}`
    return [{ problem, remedy: `Fix the cause, then run: laurel runtime install ${kind}`, action: install(kind) }]
  })

function shortages(memory: number, disk: number): Problem[] {
  const shortOf = (what: string, bytes: number, remedy: string, action: Problem['action']): Problem => ({
    ...{ problem: `only ${gigabytes(bytes)} GB of ${what} is free`, remedy, action },
  })
  return [
    ...(memory < least.memory ? [shortOf('memory', memory, 'Close other programs, or use a smaller model and batch.', null)] : []),
    ...(disk < least.disk
      ? [shortOf('disk', disk, 'Free disk space, or set LAUREL_HOME to a folder on another disk.', { do: 'clean-up' })]
      : []),
  ]
}

export function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
