import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

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
