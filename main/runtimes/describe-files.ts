import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { sha256OfFile } from './hash.ts'
import type { Manifest } from './manifest.ts'

/**
 * All files under a folder with their sizes and hashes, by path. Each is flushed to disk first, so that a manifest never lists data lost in
 * a crash.
 */
export async function describeFiles(folder: string): Promise<Manifest['files']> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort()
  const files: Manifest['files'] = []
  for (const path of paths) {
    const place = join(folder, path)
    flush(place)
    files.push({ path, bytes: statSync(place).size, sha256: await sha256OfFile(place) })
  }
  return files
}

function flush(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
