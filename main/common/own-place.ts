import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { badInput } from '../shared/errors.ts'

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
