import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The C++ sources of Laurel's own operations: they are compiled on the machine they run on, so they stay where they were written. */
export const kernelSources = join(projectFolder(), 'main', 'engine', 'process', 'kernels', 'native')

/** The nearest folder above this file that holds them (sources and build lie at different depths). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'main/engine/process/kernels/native')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** What a pack's manifest says of the sources its kernels were compiled from. The launcher computes the same (runtime-pack.js). */
export function kernelSourcesHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(kernelSources).sort()) hash.update(`${name}\n`).update(readFileSync(join(kernelSources, name)))
  return hash.digest('hex')
}
