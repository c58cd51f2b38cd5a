import { z } from 'zod'
import { engineInfo, engineUsage } from '../engine-protocol.ts'
import { runtimeKind } from '../enums.ts'
import { measurement } from '../measurement.ts'
import { procedure, reading } from './procedure.ts'

/** A fix that Laurel can apply itself. */
export const problemAction = z.union([z.object({ do: z.literal('install'), kind: runtimeKind }), z.object({ do: z.literal('clean-up') })])

export const problem = z.object({ problem: z.string(), remedy: z.string(), action: problemAction.nullable() })
export type Problem = z.infer<typeof problem>

/** An NVIDIA GPU. `memory_gb`: null if the driver doesn't say. `tensorflow`: whether TensorFlow's GPU build runs on it; if not, WebGPU may. */
export const gpu = z.object({
  ...{ name: z.string(), memory_gb: z.number().nullable(), driver: z.string() },
  compute_capability: z.number().nullable(),
  tensorflow: z.boolean(),
})
export type Gpu = z.infer<typeof gpu>

/** Everything that determines whether and how fast Laurel runs on a machine; null: no engine starts, or not measured. */
export const examination = z.object({
  laurel: z.string(),
  node: z.string(),
  platform: z.string(),
  engine: engineInfo.nullable(),
  measurement: measurement.nullable(),
  processor: z.object({ model: z.string(), count: z.int() }),
  gpus: z.array(gpu),
  memory: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
  disk: z.object({ folder: z.string(), freeBytes: z.number() }),
  problems: z.array(problem),
})
export type Examination = z.infer<typeof examination>

export const runtimePack = z.object({
  name: z.string(),
  folder: z.string(),
  isUsed: z.boolean(),
  bytes: z.number(),
  /** Null: intact. */
  damage: z.string().nullable(),
  tensorflow: z.string().nullable(),
  source: z.string().nullable(),
  created: z.string().nullable(),
  hasKernels: z.boolean(), // Laurel's own compiled kernels
})
export type RuntimePack = z.infer<typeof runtimePack>

/** The installation in progress, or the last one of this process. */
export const installation = z.object({
  kind: runtimeKind,
  startedAt: z.string(),
  steps: z.array(z.object({ at: z.string(), text: z.string() })),
  status: z.enum(['running', 'done', 'failed', 'canceled']),
  error: z.string().nullable(),
})
export type Installation = z.infer<typeof installation>

export const runtimes = z.object({
  packs: z.array(runtimePack),
  installation: installation.nullable(),
  /** The last attempt of each kind, if it failed. */
  failures: z.array(z.object({ kind: runtimeKind, at: z.string(), reason: z.string() })),
  /** Which of this machine's NVIDIA GPUs a cuda pack can use, in one line. */
  cudaServes: z.string(),
})
export type Runtimes = z.infer<typeof runtimes>

/** A running engine. */
export const runningEngine = z.object({
  purpose: z.enum(['run', 'bench', 'examination']),
  since: z.string(),
  info: engineInfo.nullable(), // null: nothing computed yet
  usage: engineUsage.nullable(), // null: not reported yet
  usageAt: z.string().nullable(), // when the engine last reported usage, which it does between units of work
})
export type RunningEngine = z.infer<typeof runningEngine>

export const doctorContract = {
  /** Starts an engine for it. Skips the timed multiplications during a run. */
  examine: procedure.output(examination),
  runtimes: reading.output(runtimes),
  /** Starts an installation in the background; `runtimes` shows its progress. Throws BUSY if one is already in progress. */
  installRuntime: procedure.input(z.object({ kind: runtimeKind })).output(z.void()),
  cancelInstallation: procedure.output(z.void()),
  engines: reading.output(z.array(runningEngine)),
}
