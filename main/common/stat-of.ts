import { type Stats, statSync } from 'node:fs'
import { badInput } from '../shared/errors.ts'

/**
 * The stats of a path; undefined if nothing is there, including names that are too long or contain NUL, and links that form a loop.
 * Throws BAD_INPUT if access is denied.
 */
export function statOf(path: string): Stats | undefined {
  if (path.includes('\0')) return undefined
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENAMETOOLONG' || code === 'ELOOP') return undefined
    throw badInput(`${path}: couldn't be read (${code})`, 'Check that you have permission to read it.')
  }
}
