import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../../../common/replace-file.ts'

/** How long something takes in bfloat16, as a share of its time in float32. */
const comparison = z.object({ at: z.iso.datetime(), product: z.number().positive(), step: z.number().positive() })
export type PrecisionComparison = z.infer<typeof comparison>

const file = z.record(z.string(), comparison)

const pathIn = (runtimeFolder: string): string => join(runtimeFolder, 'precision.json')

/** Variables by which the libraries' products become others. */
const variables = ['ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_DEFAULT_FPMATH_MODE', 'LAUREL_KERNELS']

/** What a comparison holds for: a processor (or GPU), threads, and the variables of the libraries. */
export function machineKey(device: string, threads: number, env: NodeJS.ProcessEnv = process.env): string {
  const settings = variables.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []))
  return [device === 'CPU' ? processorName() : device, `${threads} threads`, ...settings].join(', ')
}

/** A virtual machine's model says little, so what the processor can do counts too. */
function processorName(): string {
  const name = cpus()[0]?.model ?? process.arch
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
    return `${name} ${createHash('sha256').update(flags).digest('hex').slice(0, 8)}`
  } catch {
    return name // not Linux
  }
}

/** Undefined where nothing was measured yet, or the file is damaged. */
export const keptComparison = (runtimeFolder: string, key: string): PrecisionComparison | undefined => readAll(runtimeFolder)[key]

/** Kept where the pack can be written to; where it can't, each engine measures for itself. */
export function keepComparison(runtimeFolder: string, key: string, value: PrecisionComparison): void {
  const known = readAll(runtimeFolder)
  if (known[key]?.at === value.at) return
  try {
    replaceFile(pathIn(runtimeFolder), `${JSON.stringify({ ...known, [key]: value }, null, 2)}\n`)
  } catch {
    // a pack for all users, which this one may not write to
  }
}

function readAll(runtimeFolder: string): z.infer<typeof file> {
  try {
    return file.parse(JSON.parse(readFileSync(pathIn(runtimeFolder), 'utf8')))
  } catch {
    return {}
  }
}
