import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { onDisk } from '../common/file-identity.ts'
import type { Manifest } from './manifest.ts'

const place = join('main', 'engine', 'kernels', 'native')

/** C++ sources of Laurel's operations. They are compiled on the user's machine, so they ship as sources. */
export const kernelSources = onDisk(join(projectFolder(), place))

/** The nearest parent folder that contains the sources (source tree and build differ in depth). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, place)) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** Hash of the sources that a pack's kernels were compiled from. The launcher computes the same one (runtime-pack.js). */
export function kernelSourcesHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(kernelSources).sort()) hash.update(`${name}\n`).update(readFileSync(join(kernelSources, name)))
  return hash.digest('hex')
}

/** Whether a pack's kernels are missing or out of date. The npm package's binding is precompiled and can't have any. */
export const hasOldKernels = ({ source, kernels }: Manifest): boolean => source === 'wheel' && kernels?.sources !== kernelSourcesHash()

const flags = z.array(z.string())
const settings = z.object({ flags, variants: z.object({ x64: z.record(z.string(), flags), other: z.record(z.string(), flags) }) })

/** Compiler flags per instruction set. The binding picks one when it is loaded. */
export function kernelVariants(): { readonly name: string; readonly flags: readonly string[] }[] {
  const { flags, variants } = settings.parse(JSON.parse(readFileSync(join(kernelSources, 'compile.json'), 'utf8')))
  const own = process.arch === 'x64' ? variants.x64 : variants.other
  return Object.entries(own).map(([name, more]) => ({ name, flags: [...flags, ...more] }))
}
