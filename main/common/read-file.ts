import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { badInput, LaurelError } from '../shared/errors.ts'

/** Keeps opening a pipe without a writer from blocking forever. Windows has neither such pipes nor this flag. */
const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Open a plain file, or a link to one, for reading; not a device, pipe, or folder. The caller closes it. Throws NOT_FOUND or BAD_INPUT. */
export function openPlainFile(path: string): { readonly file: number; readonly size: number } {
  let file: number
  try {
    file = openSync(path, withoutWaiting)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.')
    throw badInput(`${path}: couldn't be opened (${code})`, 'Check that it is a file and that you have permission to read it.')
  }
  const stats = fstatSync(file)
  if (stats.isFile()) return { file, size: stats.size }
  closeSync(file)
  throw badInput(`${path}: is not a file`, 'Choose a file.')
}

/** The text of a plain file of at most `mostBytes` bytes. Throws NOT_FOUND or BAD_INPUT, naming the file. */
export function readPlainText(path: string, mostBytes: number): string {
  const { file, size } = openPlainFile(path)
  try {
    if (size > mostBytes)
      throw badInput(`${path}: ${size.toLocaleString('en-US')} bytes are too many for this kind of file`, 'Check the file.')
    const bytes = Buffer.alloc(size)
    let done = 0
    while (done < size) {
      const count = readSync(file, bytes, done, size - done, done)
      if (count === 0) break // the file was truncated
      done += count
    }
    return bytes.toString('utf8', 0, done)
  } finally {
    closeSync(file)
  }
}
