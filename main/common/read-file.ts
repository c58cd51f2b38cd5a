import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { badInput, LaurelError } from './errors.ts'

/** Opening a pipe that has no writer would wait for ever; with this it doesn't. Windows has no such pipes, and no such flag. */
const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Open a file for reading: what links lead to must be a plain file, no device, pipe or folder. The caller closes it. Throws NOT_FOUND or BAD_INPUT. */
export function openPlainFile(path: string): { readonly file: number; readonly size: number } {
  let file: number
  try {
    file = openSync(path, withoutWaiting)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.')
    throw badInput(`${path}: cannot be opened (${code})`, 'Check that it is a file you may read.')
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return { file, size: stats.size }
  closeSync(file)
  throw badInput(`${path}: is not a file`, 'Name a file.')
}

/** The text of a plain file of at most so many bytes. Throws NOT_FOUND or BAD_INPUT naming it. */
export function readPlainText(path: string, mostBytes: number): string {
  const { file, size } = openPlainFile(path)
  try {
    if (size > mostBytes) throw badInput(`${path}: ${size.toLocaleString('en-US')} bytes are too many for such a file`, 'Check the file.')
    const bytes = Buffer.alloc(size)
    let done = 0
    while (done < size) {
      const count = readSync(file, bytes, done, size - done, done)
      if (count === 0) break // it has become shorter
      done += count
    }
    return bytes.toString('utf8', 0, done)
  } finally {
    closeSync(file)
  }
}
