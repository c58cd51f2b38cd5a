import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { badInput } from '../shared/errors.ts'
import { onDisk } from './file-identity.ts'

/** The project folder: the nearest parent that contains `resources` (sources and build are at different depths). */
function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'resources')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** A file that ships with Laurel: `resourceFile('recipes', 'paper.json')`. */
export const resourceFile = (...parts: string[]): string => onDisk(join(projectFolder(), 'resources', ...parts))

/** A path with all links resolved, even if the file or some of its parent folders don't exist yet. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(real(parent), basename(path))
}

/** Throws BAD_INPUT if `path` is in Laurel's data folder: a file written there could replace the database or a model. */
export function refuseOwnPlace(home: string, path: string): void {
  const folder = real(resolve(home))
  const place = real(resolve(path))
  if (place === folder || place.startsWith(folder + sep)) {
    throw badInput(`${path} is in Laurel's own data folder.`, 'Choose a location outside it.')
  }
}

const stamp = fileURLToPath(new URL('../../.stamp', import.meta.url))

/** The build this process was loaded from; empty when running from sources or packaged. Read once, when the process starts. */
export const buildId = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
