import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of a file, or of everything in a folder. Doesn't follow links, since their targets are elsewhere. 0 if it doesn't exist. */
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

/** A folder's entries; empty if it doesn't exist (anymore). */
export const entriesOf = (folder: string): Promise<Dirent[]> => readdir(folder, { withFileTypes: true }).catch(() => [])
