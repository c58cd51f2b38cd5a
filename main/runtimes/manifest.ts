import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { errorCodes } from '../common/errors.ts'

/**
 * A runtime pack is a folder in the data folder's `runtimes`: the native binding, the libraries it was compiled against,
 * and this document, which is written last. A pack without it is not a pack.
 */
export const runtimeKind = z.enum(['cpu', 'cuda'])
export type RuntimeKind = z.infer<typeof runtimeKind>

const hash = z.string().regex(/^[0-9a-f]{64}$/)

export const manifest = z.object({
  name: z.string(),
  kind: runtimeKind,
  /** Version of TensorFlow. */
  tensorflow: z.string(),
  /** Where the library is from: Python wheels, or the npm package's own download. */
  source: z.enum(['wheel', 'package']),
  wheels: z.array(z.object({ file: z.string(), sha256: hash })),
  /** Place of the binding in the pack. The libraries lie where its search path (relative to itself) finds them. */
  binding: z.string(),
  binding_sha256: hash,
  /** From which sources Laurel's own kernels were compiled, and whether the compiler could; null: the pack can't have them, or is older than they are. */
  kernels: z.object({ sources: hash, compiled: z.boolean() }).nullable().default(null),
  created: z.iso.datetime(),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: hash })),
})
export type Manifest = z.infer<typeof manifest>

export const manifestName = 'manifest.json'

/** A pack's manifest, or in a few words why the folder is no working pack. Sizes are compared, contents are not (they are large). */
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

/** Why the last attempt to install failed, so that it is not repeated at every start. */
export const failedInstall = z.object({
  kind: runtimeKind,
  at: z.iso.datetime(),
  code: z.enum(errorCodes),
  reason: z.string(),
})
export type FailedInstall = z.infer<typeof failedInstall>
