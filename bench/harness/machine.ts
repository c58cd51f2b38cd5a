import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type CpuInfo, cpus, loadavg, release, totalmem, type } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { othersShare } from '../../main/engine/process/speed/others-share.ts'
import { featuresWithin, type InstructionLimit } from './instruction-limit.ts'

/** The machine that a figure was measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** The processor's reported features for matrix products; those that are left if its instructions are limited. */
  readonly features: readonly string[]
  /** Present if a newer processor was limited to these instructions. */
  readonly limited?: InstructionLimit
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Commit of the sources, followed by + if they have uncommitted changes. */
  readonly laurel: string
}

const telling = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'avx_vnni', 'asimd', 'bf16']

export function machineFacts(limit: InstructionLimit | null = null): Machine {
  const processors = cpus()
  const features = featuresIn(readOr('/proc/cpuinfo', ''))
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    ...(limit === null ? { features } : { features: featuresWithin(limit, features), limited: limit }),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    laurel: commit(),
  }
}

/** The relevant features of the first processor in a /proc/cpuinfo. */
export function featuresIn(cpuinfo: string): string[] {
  const line = cpuinfo.split('\n').find((each) => /^(flags|Features)\s*:/.test(each)) ?? ''
  const present = new Set(line.split(/\s+/))
  return telling.filter((name) => present.has(name))
}

/** The load average over the last minute. */
export const currentLoad = (): number => Math.round(loadavg()[0] * 100) / 100

/** The share of processor time used by other work while this process sleeps, with which a run would have to compete. */
export async function foreignWork(milliseconds = 1000): Promise<number> {
  const before = cpus()
  await sleep(milliseconds)
  return Math.round(busyShare(before, cpus()) * 100) / 100
}

type Times = Pick<CpuInfo, 'times'>

/** Other work above this share of the processors spoils a run, because torch's threads wait for each other by spinning. */
export const tolerable = 0.05

/** Wait until the share of other work is tolerable, at most so many seconds; returns the last share. */
export async function quietMoment(
  patience: number,
  measure: () => Promise<number> = foreignWork,
  now = () => performance.now(),
): Promise<number> {
  const end = now() + 1000 * patience
  let foreign = await measure()
  while (foreign > tolerable && now() < end) foreign = await measure()
  return foreign
}

/** The non-idle share of the time between two readings of the processors. */
export const busyShare = (before: readonly Times[], after: readonly Times[]): number => othersShare(before, after, 0)

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no', '--', '../../main') ? '+' : '')
  } catch {
    return 'unknown'
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
