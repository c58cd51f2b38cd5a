import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runtimeKind } from '../shared/enums.ts'
import { errorCodes } from '../shared/errors.ts'

/**
 * A runtime pack is a folder in the data folder's `runtimes`: the native binding, the libraries it was compiled against, and this manifest.
 * The manifest is written last, so a folder without one is incomplete.
 */
const hash = z.string().regex(/^[0-9a-f]{64}$/)

export const manifest = z.object({
  name: z.string(),
  kind: runtimeKind,
  /** TensorFlow version. */
  tensorflow: z.string(),
  /** Origin of the library: Python wheels, or the npm package's own download. */
  source: z.enum(['wheel', 'package']),
  wheels: z.array(z.object({ file: z.string(), sha256: hash })),
  /** Path of the binding in the pack. Its rpath is relative to itself. */
  binding: z.string(),
  binding_sha256: hash,
  /** Hash of the kernel sources, and whether they compiled. Null for packs without kernel support. */
  kernels: z.object({ sources: hash, compiled: z.boolean() }).nullable().default(null),
  created: z.iso.datetime(),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: hash })),
})
export type Manifest = z.infer<typeof manifest>

export const manifestName = 'manifest.json'

/** A pack's manifest, or the reason why the pack can't be used. Checks sizes only: the files are too large to hash. */
export function readManifest(folder: string): Manifest | string {
  const path = join(folder, manifestName)
  if (!existsSync(path)) return 'it has no manifest'
  let parsed: Manifest
  try {
    parsed = manifest.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    return `its ${manifestName} can't be read (${reasonOf(error)})`
  }
  for (const { path: name, bytes } of parsed.files) {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false })
    if (!stats) return `${name} is missing`
    if (stats.size !== bytes) return `${name} has ${stats.size} bytes instead of ${bytes}`
  }
  return parsed
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return `${error.issues[0].path.join('.')}: ${error.issues[0].message}`
  return (error as NodeJS.ErrnoException).code ?? 'not JSON'
}

/** Why the last installation failed, so that it isn't retried at every start. */
export const failedInstall = z.object({
  kind: runtimeKind,
  at: z.iso.datetime(),
  code: z.enum(errorCodes),
  reason: z.string(),
})
export type FailedInstall = z.infer<typeof failedInstall>
