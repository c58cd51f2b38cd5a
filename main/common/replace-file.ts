import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { badInput, storageError } from './errors.ts'
import { sharedMode } from './private-files.ts'
import { temporaryBeside } from './temporary-names.ts'

/** A file being written that takes its name only when it is complete. */
export interface Replacement {
  write(text: string): void
  /** Flush to disk and rename into place: from now on readers see the new file, and until now they saw the old one. */
  commit(): void
  /** Throw the unfinished file away. Harmless after a failure and after `commit`. */
  discard(): void
}

const bufferCharacters = 1 << 16

/**
 * Open the replacement of a file: text goes to a temporary name beside it, and `commit` renames. Whatever fails (a full disk, a broken one),
 * the temporary file is removed and the old file stays. A path that is no regular file (a terminal, a pipe, /dev/stdout) is written directly:
 * it can't be renamed over, and what its reader already has stays. Standard output and error are written through their own descriptors, whose place in
 * a file is the shell's too.
 * The folder is made where it is missing. Throws BAD_INPUT where the path can't be written, DISK_FULL, DISK_FAILED.
 */
export function openReplacement(path: string): Replacement {
  const direct = isSpecial(path)
  const place = direct ? path : resolve(behindLinks(path))
  const { descriptor, temporary, isBorrowed = false } = direct ? openDirectly(path) : openBeside(path, place)
  let isOpen = true
  let buffer = ''
  const close = (): void => {
    if (isBorrowed) return
    isOpen = false // also where closing fails: the number may be another file's by now
    closeSync(descriptor)
  }
  const discard = (): void => {
    if (isOpen) attemptQuietly(close)
    if (temporary !== undefined) rmSync(temporary, { force: true })
  }
  const flush = (): void => {
    const bytes = Buffer.from(buffer)
    for (let done = 0; done < bytes.length; ) done += writeSome(descriptor, bytes, done)
    buffer = ''
  }
  /** Nothing of a file that can't be completed is left behind. */
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
    commit() {
      attempt(() => {
        flush()
        if (temporary === undefined) return close()
        const mode = sharedMode(place, 'file')
        if (mode !== undefined) fchmodSync(descriptor, mode)
        fsyncSync(descriptor)
        close()
        renameSync(temporary, place)
        flushFolder(dirname(place))
      })
    },
    discard,
  }
}

/** Replace a whole text file; readers see the old one or the new one, never a part. Throws as `openReplacement`. */
export function replaceFile(path: string, text: string): void {
  const file = openReplacement(path)
  file.write(text)
  file.commit()
}

/** Throws BAD_INPUT where a file could not be replaced: for work that takes long, before it begins. */
export function checkReplaceable(path: string): void {
  openReplacement(path).discard()
}

/** /dev/stdout may lead to a regular file (`> file`), but it must be written through: a rename would replace the device's own name. */
function isSpecial(path: string): boolean {
  if (/^\/(?:dev\/(?:fd\/|std(?:in|out|err)$)|proc\/)/.test(resolve(path))) return true // not /dev/shm, whose files are files
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** The file that a link leads to: it is what is replaced, and the link stays. */
const behindLinks = (path: string): string => (existsSync(path) ? realpathSync(path) : path)

interface OpenFile {
  readonly descriptor: number
  /** What is written to until it takes the target's name; undefined where the target itself is. */
  readonly temporary: string | undefined
  /** Whether others write to it too, so that it stays open. */
  readonly isBorrowed?: boolean
}

/** The descriptors of standard output and error by their names in the file system. */
const standardDescriptor = (path: string): number | undefined => {
  const found = /^\/(?:dev\/(?:std(out|err)|fd\/([12]))|proc\/self\/fd\/([12]))$/.exec(resolve(path))
  if (found === null) return undefined
  const [, name, device, process] = found
  return name === undefined ? Number(device ?? process) : name === 'out' ? 1 : 2
}

/** Bytes written; a pipe whose reader is slow is waited for. */
function writeSome(descriptor: number, bytes: Buffer, from: number): number {
  for (;;) {
    try {
      return writeSync(descriptor, bytes, from)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** 'a': opening /dev/stdout to write would empty the file that a shell appends to. */
function openDirectly(path: string): OpenFile {
  try {
    const standard = standardDescriptor(path)
    if (standard !== undefined) return { descriptor: standard, temporary: undefined, isBorrowed: true }
    return { descriptor: openSync(path, 'a'), temporary: undefined }
  } catch (error) {
    throw storageError(error, path)
  }
}

function openBeside(path: string, target: string): OpenFile {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw badInput(`${path}: is a folder`, 'Name a file.')
  try {
    mkdirSync(dirname(target), { recursive: true })
    const temporary = temporaryBeside(target)
    return { descriptor: openSync(temporary, 'wx'), temporary }
  } catch (error) {
    throw storageError(error, path)
  }
}

/** A rename survives a power cut once its folder is on the disk. Folders can't be flushed on Windows. */
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
    // the failure that led here is the one to report
  }
}
