import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { RuntimeKind } from '../shared/enums.ts'
import type { Manifest } from './manifest.ts'

const chunkBytes = 4 << 20

/** SHA-256 of a file of any size, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path)
  const chunk = Buffer.allocUnsafe(chunkBytes)
  try {
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

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

/** Reports the start of each step, in one line. */
export type Report = (step: string) => void

/** A pack to build, and the empty folder to build it in. */
export interface PackOrder {
  readonly home: string
  readonly kind: RuntimeKind
  readonly folder: string
  readonly report: Report
}

/** The part of a manifest that can't be derived from the pack's files. */
export type PackContents = Pick<Manifest, 'source' | 'wheels' | 'binding' | 'kernels'>
