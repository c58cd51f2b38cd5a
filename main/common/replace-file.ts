import { closeSync, existsSync, fchmodSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { badInput, storageError } from '../shared/errors.ts'
import { giveSharedMode, makeFolder } from './private-files.ts'
import { temporaryBeside } from './temporary-names.ts'

/** A file being written that gets its final name only once it is complete. */
export interface Replacement {
  write(text: string): void
  writeBytes(bytes: Uint8Array): void
  /** Flush to disk and rename into place: readers see the old file before, and the new one after. */
  commit(): void
  /** Discard the unfinished file. Harmless after a failure and after `commit`. */
  discard(): void
}

const bufferCharacters = 1 << 16

interface Permissions {
  readonly mode?: number
}

/**
 * Open the replacement of a file: text is written under a temporary name next to it, and `commit` renames it. On any failure (a full or broken
 * disk), the temporary file is removed and the old file stays. A path that isn't a regular file (a terminal, a pipe, /dev/stdout) can't be replaced
 * by a rename and is written directly. Standard output and error are written through their existing descriptors, because the shell shares their
 * file position. Creates the folder if necessary. `mode`: the new file's permissions, instead of the usual ones. Throws BAD_INPUT if the path can't be written, DISK_FULL, DISK_FAILED.
 */
export function openReplacement(path: string, { mode }: Permissions = {}): Replacement {
  const direct = isSpecial(path)
  const place = direct ? path : resolve(behindLinks(path))
  const { descriptor, temporary, isBorrowed = false } = direct ? openDirectly(path) : openBeside(path, place, mode)
  let isOpen = true
  let buffer = ''
  const close = (): void => {
    if (isBorrowed) return
    isOpen = false // even if closing fails: the descriptor may already be reused
    closeSync(descriptor)
  }
  const discard = (): void => {
    if (isOpen) attemptQuietly(close)
    if (temporary !== undefined) rmSync(temporary, { force: true })
  }
  const writeAll = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSome(descriptor, bytes, done)
  }
  const flush = (): void => {
    writeAll(Buffer.from(buffer))
    buffer = ''
  }
  /** Removes the temporary file if the work fails. */
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      discard()
      throw storageError(error, path)
    }
  }
  return {
    write(text) {
      buffer += text
      if (buffer.length >= bufferCharacters) attempt(flush)
    },
    writeBytes(bytes) {
      attempt(() => {
        flush()
        writeAll(bytes)
      })
    },
    commit() {
      attempt(() => {
        flush()
        if (temporary === undefined) return close()
        if (mode === undefined) giveSharedMode(temporary, 'file', place)
        else fchmodSync(descriptor, mode)
        fsyncSync(descriptor)
        close()
        renameSync(temporary, place)
        flushFolder(dirname(place))
      })
    },
    discard,
  }
}

/** Replace a whole text file; readers see the old one or the new one, never a part. Throws like `openReplacement`. */
export function replaceFile(path: string, text: string, permissions?: Permissions): void {
  const file = openReplacement(path, permissions)
  file.write(text)
  file.commit()
}

/** Throws BAD_INPUT if a file can't be replaced. To be called before long work whose result goes there. */
export function checkReplaceable(path: string): void {
  openReplacement(path).discard()
}

/** /dev/stdout may be a regular file (`> file`) but must be written directly: a rename would replace the device's own name. */
function isSpecial(path: string): boolean {
  if (/^\/(?:dev\/(?:fd\/|std(?:in|out|err)$)|proc\/)/.test(resolve(path))) return true // not /dev/shm, which holds regular files
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** The target of a link: the target is replaced, and the link stays. */
const behindLinks = (path: string): string => (existsSync(path) ? realpathSync(path) : path)

interface OpenFile {
  readonly descriptor: number
  /** The temporary file that is renamed to the target at the end; undefined if the target itself is written. */
  readonly temporary: string | undefined
  /** Whether others use the descriptor too, so that it must stay open. */
  readonly isBorrowed?: boolean
}

/** The descriptor that a file system name of standard output or error stands for. */
const standardDescriptor = (path: string): number | undefined => {
  const found = /^\/(?:dev\/(?:std(out|err)|fd\/([12]))|proc\/self\/fd\/([12]))$/.exec(resolve(path))
  if (found === null) return undefined
  const [, name, device, process] = found
  return name === undefined ? Number(device ?? process) : name === 'out' ? 1 : 2
}

/** Writes some bytes and returns how many, waiting for the reader of a full pipe. */
function writeSome(descriptor: number, bytes: Uint8Array, from: number): number {
  for (;;) {
    try {
      return writeSync(descriptor, bytes, from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Mode 'a', because opening /dev/stdout with 'w' would truncate the file that a shell appends to. */
function openDirectly(path: string): OpenFile {
  try {
    const standard = standardDescriptor(path)
    if (standard !== undefined) return { descriptor: standard, temporary: undefined, isBorrowed: true }
    return { descriptor: openSync(path, 'a'), temporary: undefined }
  } catch (error) {
    throw storageError(error, path)
  }
}

function openBeside(path: string, target: string, mode?: number): OpenFile {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw badInput(`${path}: is a folder`, 'Choose a file.')
  try {
    makeFolder(dirname(target))
    const temporary = temporaryBeside(target)
    return { descriptor: openSync(temporary, 'wx', mode), temporary }
  } catch (error) {
    throw storageError(error, path)
  }
}

/** A rename survives a power cut only once its folder is flushed. Windows can't flush folders. */
export function flushFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function attemptQuietly(work: () => void): void {
  try {
    work()
  } catch {
    // the original failure is the one to report
  }
}
