import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { onDisk } from '../common/on-disk.ts'
import type { Manifest } from './manifest.ts'

const place = join('main', 'engine', 'process', 'kernels', 'native')

/** The C++ sources of Laurel's own operations: they are compiled on the machine they run on, so they stay where they were written. */
export const kernelSources = onDisk(join(projectFolder(), place))

/** The nearest folder above this file that holds them (sources and build lie at different depths). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, place)) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** What a pack's manifest says of the sources its kernels were compiled from. The launcher computes the same (runtime-pack.js). */
export function kernelSourcesHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(kernelSources).sort()) hash.update(`${name}\n`).update(readFileSync(join(kernelSources, name)))
  return hash.digest('hex')
}

/** Whether a pack that could have today's kernels has others or none. The npm package's binding comes compiled and can't have any. */
export const hasOldKernels = ({ source, kernels }: Manifest): boolean => source === 'wheel' && kernels?.sources !== kernelSourcesHash()

const flags = z.array(z.string())
const settings = z.object({ flags, variants: z.object({ x64: z.record(z.string(), flags), other: z.record(z.string(), flags) }) })

/** The compiler's flags for each instruction set that the kernels are compiled for; which is used is decided when the binding is loaded. */
export function kernelVariants(): { readonly name: string; readonly flags: readonly string[] }[] {
  const { flags, variants } = settings.parse(JSON.parse(readFileSync(join(kernelSources, 'compile.json'), 'utf8')))
  const own = process.arch === 'x64' ? variants.x64 : variants.other
  return Object.entries(own).map(([name, more]) => ({ name, flags: [...flags, ...more] }))
}
