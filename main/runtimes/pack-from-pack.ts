import { copyFileSync, existsSync, linkSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { readManifest } from './manifest.ts'
import type { PackContents, PackOrder } from './pack-files.ts'
import { makeBinding } from './prebuilt-binding.ts'

/**
 * The installed pack with its binding recompiled: if only Laurel's kernels changed, nothing has to be downloaded. The other files are hard
 * links, so they take no extra space.
 */
export async function packFromPack({ home, kind, folder, report }: PackOrder): Promise<PackContents> {
  const present = join(homePaths(home).runtimes, kind)
  const manifest = readManifest(present)
  if (typeof manifest === 'string') throw new Error(`the installed pack can't be used: ${manifest}`)
  const { source, wheels, binding, files } = manifest
  if (!existsSync(join(present, dirname(binding), 'include'))) throw new Error('the installed pack has no headers')

  for (const { path } of files) {
    if (path === binding) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    linkOrCopy(join(present, path), join(folder, path))
  }
  const place = dirname(join(folder, binding))
  const order = { includes: join(place, 'include'), libraries: place, output: join(folder, binding), report }
  return { source, wheels, binding, kernels: await makeBinding(order, manifest.tensorflow) }
}

/** Not every file system has hard links. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
