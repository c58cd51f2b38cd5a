import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of a file, or of everything in a folder. Links inside are not followed: what they lead to lies elsewhere. 0: it is not there. */
export async function sizeOf(path: string): Promise<number> {
  const place = await realpath(path).catch(() => undefined)
  return place === undefined ? 0 : sizeAt(place)
}

async function sizeAt(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.isFile() ? stats.size : 0
  let sum = 0
  for (const entry of await entriesOf(path)) {
    if (!entry.isSymbolicLink()) sum += await sizeAt(join(path, entry.name))
  }
  return sum
}

/** What is in a folder; nothing where it is not there (any more). */
export const entriesOf = (folder: string): Promise<Dirent[]> => readdir(folder, { withFileTypes: true }).catch(() => [])
