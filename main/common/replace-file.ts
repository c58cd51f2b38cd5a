import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { badInput } from './errors.ts'

/** A file being written that will take its name only when it is complete. */
export interface Replacement {
  write(text: string): void
  /** Flush to disk and rename into place: from now on readers see the new file, and until now they saw the old one. */
  commit(): void
  /** Throw the unfinished file away. */
  discard(): void
}

const bufferCharacters = 1 << 16

/**
 * Open the replacement of a file: text goes to a temporary name beside it, and `commit` renames. A path that is no
 * regular file (a terminal, a pipe, /dev/stdout) is written directly: it cannot be renamed over.
 * The folder is made where it is missing. Throws BAD_INPUT where the path cannot be written.
 */
export function openReplacement(path: string): Replacement {
  const direct = isSpecial(path)
  const target = direct ? path : behindLinks(path)
  const place = direct ? path : `${target}.${process.pid}.tmp`
  const file = openForWriting(path, place)
  let buffer = ''
  const flush = () => {
    const bytes = Buffer.from(buffer)
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    buffer = ''
  }
  return {
    write(text) {
      buffer += text
      if (buffer.length >= bufferCharacters) flush()
    },
    commit() {
      flush()
      if (!direct) fsyncSync(file)
      closeSync(file)
      if (!direct) renameSync(place, target)
    },
    discard() {
      closeSync(file)
      if (!direct) rmSync(place, { force: true })
    },
  }
}

/** Replace a whole text file; readers see the old one or the new one, never a part. */
export function replaceFile(path: string, text: string): void {
  const file = openReplacement(path)
  try {
    file.write(text)
  } catch (error) {
    file.discard()
    throw error
  }
  file.commit()
}

/** Throws BAD_INPUT where a file could not be replaced: for work that takes long, before it begins. */
export function checkReplaceable(path: string): void {
  openReplacement(path).discard()
}

/** /dev/stdout may lead to a regular file (`> file`), but it must be written through: a rename would replace the device's own name. */
function isSpecial(path: string): boolean {
  if (/^\/(?:dev|proc)\//.test(resolve(path))) return true
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** The file that a link leads to: it is what is replaced, and the link stays. */
const behindLinks = (path: string): string => (existsSync(path) ? realpathSync(path) : path)

function openForWriting(path: string, place: string): number {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw badInput(`${path}: is a folder`, 'Name a file.')
    mkdirSync(dirname(path), { recursive: true })
    return openSync(place, 'w')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
      throw badInput(`${path}: cannot be written (${code})`, 'Choose a place that you may write to.')
    }
    throw error
  }
}
