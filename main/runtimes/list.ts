import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { readStored } from '../common/json-document.ts'
import type { RuntimeKind } from '../shared/enums.ts'
import { type FailedInstall, failedInstall, type Manifest, readManifest } from './manifest.ts'

/** A folder in `runtimes`, usable or damaged. */
export interface InstalledRuntime {
  readonly name: string
  /** The pack's root folder. */
  readonly root: string
  readonly bytes: number
  /** The pack's manifest, or why the pack can't be used. */
  readonly state: Manifest | string
}

/** All packs in a data folder, by name. Unfinished and discarded ones (`cpu.tmp-123`) are skipped. */
export function listRuntimes(home: string): InstalledRuntime[] {
  const { runtimes } = homePaths(home)
  return packNames(runtimes).map((name) => {
    const root = join(runtimes, name)
    const state = readManifest(root)
    const bytes = typeof state === 'string' ? 0 : state.files.reduce((sum, file) => sum + file.bytes, 0)
    return { name, root, bytes, state }
  })
}

function packNames(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() && /^[a-z0-9-]+$/.test(entry.name) ? [entry.name] : [])).sort()
  } catch {
    return [] // nothing has been installed yet
  }
}

/** The folder that the engine loads: the binding's. */
export const bindingFolder = (root: string, { binding }: Manifest): string => dirname(join(root, binding))

/** Where a failed installation is recorded. */
export const failurePath = (home: string, kind: RuntimeKind): string => join(homePaths(home).runtimes, `${kind}.failed.json`)

/** The last attempt to install this kind, if it failed. */
export const lastFailure = (home: string, kind: RuntimeKind): FailedInstall | null =>
  readStored(failurePath(home, kind), failedInstall) ?? null
