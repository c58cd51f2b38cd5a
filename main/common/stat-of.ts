import { type Stats, statSync } from 'node:fs'
import { badInput } from './errors.ts'

/**
 * What is at a path; undefined where nothing can be: also under a name that is too long or holds a NUL, and behind a link that leads to itself.
 * Throws BAD_INPUT where it may not be looked at.
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
