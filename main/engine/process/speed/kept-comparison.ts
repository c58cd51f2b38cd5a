import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { readStored } from '../../../common/json-document.ts'
import { replaceFile } from '../../../common/replace-file.ts'

/** Time in bfloat16 relative to float32. `isDisturbed`: other programs were busy. */
const comparison = z.object({
  at: z.iso.datetime(),
  product: z.number().positive(),
  step: z.number().positive(),
  isDisturbed: z.boolean().optional(),
})
export type PrecisionComparison = z.infer<typeof comparison>

/** Environment variables that change the libraries' products. */
const variables = [
  ...['ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_DEFAULT_FPMATH_MODE'],
  ...['LAUREL_KERNELS', 'LAUREL_REPLAY'],
]

/** Key of a comparison: processor or GPU, threads, and library environment variables. */
export function machineKey(device: string, threads: number, env: NodeJS.ProcessEnv = process.env): string {
  const settings = variables.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []))
  return [device === 'CPU' ? processorName() : device, `${threads} threads`, ...settings].join(', ')
}

/** Virtual machines have vague model names, so include the CPU's features. */
function processorName(): string {
  const name = cpus()[0]?.model ?? process.arch
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''
    return `${name} ${createHash('sha256').update(flags).digest('hex').slice(0, 8)}`
  } catch {
    return name // not Linux
  }
}

/** Hash of the code in these folders, without folders in them, so that an update that changes it is measured again. */
export function codeHash(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    const files = readdirSync(folder).filter((name) => /\.[jt]s$/.test(name))
    for (const name of files.toSorted()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 8)
}

export const keptPrecisions = keptIn('precision.json', comparison)

/** Measurements by machine in a file of the runtime pack, so that another pack measures again. */
export function keptIn<Value>(name: string, schema: z.ZodType<Value>) {
  const file = z.record(z.string(), schema)
  const pathIn = (runtimeFolder: string): string => join(runtimeFolder, name)
  const readAll = (runtimeFolder: string): Record<string, Value> => readStored(pathIn(runtimeFolder), file) ?? {}
  return {
    /** Undefined if nothing was measured yet, or the file is damaged. */
    get: (runtimeFolder: string, key: string): Value | undefined => readAll(runtimeFolder)[key],
    /** Stored in the pack if that is writable; otherwise each engine measures for itself. */
    keep(runtimeFolder: string, key: string, value: Value): void {
      const known = readAll(runtimeFolder)
      if (isDeepStrictEqual(known[key], value)) return
      try {
        replaceFile(pathIn(runtimeFolder), `${JSON.stringify({ ...known, [key]: value }, null, 2)}\n`)
      } catch {
        // a shared pack that this user can't write to
      }
    },
  }
}
