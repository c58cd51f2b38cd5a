import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type CpuInfo, cpus, loadavg, release, totalmem, type } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a figure depends on besides the program. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** What the processor says it has for matrix products. */
  readonly features: readonly string[]
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Commit of the sources, with a + where they were changed since. */
  readonly laurel: string
}

const telling = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16', 'avx_vnni', 'asimd', 'bf16']

export function machineFacts(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    features: featuresIn(readOr('/proc/cpuinfo', '')),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    laurel: commit(),
  }
}

/** Those features of the first processor of a /proc/cpuinfo that matter here. */
export function featuresIn(cpuinfo: string): string[] {
  const line = cpuinfo.split('\n').find((each) => /^(flags|Features)\s*:/.test(each)) ?? ''
  const present = new Set(line.split(/\s+/))
  return telling.filter((name) => present.has(name))
}

/** Processes that wanted a processor, averaged over the last minute. */
export const currentLoad = (): number => Math.round(loadavg()[0] * 100) / 100

/** Share of the processors' time that went to other work while this process slept: what a run would have to share them with. */
export async function foreignWork(milliseconds = 1000): Promise<number> {
  const before = cpus()
  await sleep(milliseconds)
  return Math.round(busyShare(before, cpus()) * 100) / 100
}

type Times = Pick<CpuInfo, 'times'>

/** Other work above this share of the processors spoils a run: torch's threads wait for each other by spinning. */
export const tolerable = 0.05

/** The share of other work as soon as it can be tolerated, or after so many seconds whatever it is then. */
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

/** The part of the time between two looks at the processors that was not idle. */
export function busyShare(before: readonly Times[], after: readonly Times[]): number {
  const total = (processors: readonly Times[]): number => sum(processors.map(({ times }) => sum(Object.values(times))))
  const idle = (processors: readonly Times[]): number => sum(processors.map(({ times }) => times.idle))
  const passed = total(after) - total(before)
  return passed === 0 ? 0 : 1 - (idle(after) - idle(before)) / passed
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

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
