import { z } from 'zod'
import { measurement } from '../../engine/measurement.ts'
import { engineInfo, engineUsage } from '../../engine/protocol.ts'
import { procedure } from './procedure.ts'

/** What Laurel itself can do about a problem. */
export const problemAction = z.union([
  z.object({ do: z.literal('install'), kind: z.enum(['cpu', 'cuda']) }),
  z.object({ do: z.literal('clean-up') }),
])

export const problem = z.object({ problem: z.string(), remedy: z.string(), action: problemAction.nullable() })
export type Problem = z.infer<typeof problem>

export const gpu = z.object({ name: z.string(), memory_gb: z.number(), driver: z.string() })
export type Gpu = z.infer<typeof gpu>

/** All that decides whether and how fast Laurel works on a machine; null: no engine starts, or it was not measured. */
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

export const runtimeKind = z.enum(['cpu', 'cuda'])

export const runtimePack = z.object({
  name: z.string(),
  folder: z.string(),
  isUsed: z.boolean(),
  bytes: z.number(),
  /** Null: it works. */
  damage: z.string().nullable(),
  tensorflow: z.string().nullable(),
  source: z.string().nullable(),
  created: z.string().nullable(),
  hasKernels: z.boolean(), // Laurel's own, compiled
})
export type RuntimePack = z.infer<typeof runtimePack>

/** An installation that is under way, or the last one of this process. */
export const installation = z.object({
  kind: runtimeKind,
  startedAt: z.string(),
  steps: z.array(z.object({ at: z.string(), text: z.string() })),
  status: z.enum(['running', 'done', 'failed']),
  error: z.string().nullable(),
})
export type Installation = z.infer<typeof installation>

export const runtimes = z.object({
  packs: z.array(runtimePack),
  installation: installation.nullable(),
  /** The last attempt of each kind, where it failed. */
  failures: z.array(z.object({ kind: runtimeKind, at: z.string(), reason: z.string() })),
  hasGpu: z.boolean(),
})
export type Runtimes = z.infer<typeof runtimes>

/** An engine that is up. */
export const runningEngine = z.object({
  purpose: z.enum(['run', 'bench', 'examination']),
  since: z.string(),
  info: engineInfo.nullable(), // null: it has not computed yet
  usage: engineUsage.nullable(), // null: it has not said yet
  usageAt: z.string().nullable(), // when it said so: an engine answers between two units of its work
})
export type RunningEngine = z.infer<typeof runningEngine>

export const doctorContract = {
  /** Starts an engine for it; the timed multiplications are left out while a run is worked on. */
  examine: procedure.output(examination),
  runtimes: procedure.output(runtimes),
  /** Begins an installation in the background; `runtimes` tells how it goes. Throws BUSY where one is under way. */
  installRuntime: procedure.input(z.object({ kind: runtimeKind })).output(z.void()),
  engines: procedure.output(z.array(runningEngine)),
}
