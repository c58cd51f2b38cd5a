import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { badInput, LaurelError, storageError } from '../shared/errors.ts'
import { bytesText } from './numbers.ts'
import { giveSharedMode, makeFolder } from './private-files.ts'
import { flushFolder } from './replace-file.ts'
import { temporaryBeside } from './temporary-names.ts'

/** How to write a folder. */
interface FolderWriting {
  /** Roughly how many bytes will be written: checked against the free space before writing. */
  readonly bytes: number
  /** Whether an existing, non-empty folder may be replaced: it must be one of Laurel's, not a user's documents. */
  readonly mayReplace: (existing: string) => boolean
  /** Write all files into this temporary folder. */
  readonly fill: (temporary: string) => void
}

/**
 * Write a folder so that it appears complete or not at all, whenever the process or the machine stops: files are written to a
 * temporary folder next to it and flushed to disk, and the folder is renamed. Removes leftovers of dead writers.
 * Throws BAD_INPUT if the path is taken or not writable, DISK_FULL.
 */
export function writeFolder(path: string, writing: FolderWriting): void {
  const target = resolve(path)
  try {
    const temporary = begin(target, writing)
    try {
      writing.fill(temporary)
      complete(temporary, target, writing)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  } catch (error) {
    throw storageError(error, path)
  }
}

/** The same for slow content, such as a download or a compilation. */
export async function writeFolderSlowly(
  path: string,
  writing: Omit<FolderWriting, 'fill'> & { readonly fill: (temporary: string) => Promise<void> },
): Promise<void> {
  const target = resolve(path)
  try {
    const temporary = begin(target, writing)
    try {
      await writing.fill(temporary)
      complete(temporary, target, writing)
    } finally {
      rmSync(temporary, { recursive: true, force: true })
    }
  } catch (error) {
    throw storageError(error, path)
  }
}

/** Create the temporary folder, if the target may be written. */
function begin(target: string, writing: Omit<FolderWriting, 'fill'>): string {
  const parent = dirname(target)
  makeFolder(parent)
  checkPlace(target, writing)
  checkSpace(parent, writing.bytes)
  const temporary = temporaryBeside(target)
  mkdirSync(temporary)
  return temporary
}

function complete(temporary: string, target: string, writing: Pick<FolderWriting, 'mayReplace'>): void {
  flushAll(temporary)
  share(temporary, target)
  moveInto(temporary, target, writing)
  flushFolder(dirname(target))
}

function flushAll(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) flushAll(join(folder, entry.name))
    else if (entry.isFile()) flushFile(join(folder, entry.name))
  }
  flushFolder(folder)
}

/** Give files outside the data folder the user's usual permissions. */
function share(folder: string, target: string): void {
  giveSharedMode(folder, 'folder', target)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) share(join(folder, entry.name), target)
    else if (entry.isFile()) giveSharedMode(join(folder, entry.name), 'file', target)
  }
}

function checkPlace(target: string, { mayReplace }: Pick<FolderWriting, 'mayReplace'>): void {
  if (existsSync(target) && readdirSync(target).length > 0 && !mayReplace(target)) {
    throw isTaken(target)
  }
}

const isTaken = (target: string): LaurelError => badInput(`${target}: already exists and contains other files`, 'Choose a new folder.')

function checkSpace(parent: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(parent)
  const needed = bytes * 1.2
  if (bavail * bsize < needed) {
    throw new LaurelError(
      'DISK_FULL',
      `${parent}: ${bytesText(needed)} needed, ${bytesText(bavail * bsize)} free`,
      'Free disk space, then try again.',
    )
  }
}

function moveInto(temporary: string, target: string, writing: Pick<FolderWriting, 'mayReplace'>): void {
  checkPlace(target, writing) // another writer may have been faster
  if (!existsSync(target) || readdirSync(target).length === 0) {
    // If another writer gets in between, the rename fails: a folder can't replace one that isn't empty.
    renameInto(temporary, target)
    return
  }
  // A folder can't be renamed over a non-empty one: the old one is moved aside under a name that later writers clean up.
  const aside = temporaryBeside(target)
  renamePatiently(target, aside)
  restoreOnFailure(() => renamePatiently(temporary, target), aside, target)
  rmSync(aside, { recursive: true, force: true })
}

function renameInto(temporary: string, target: string): void {
  try {
    if (process.platform === 'win32' && existsSync(target)) rmdirSync(target) // it is empty, and Windows never renames over a folder
    renamePatiently(temporary, target)
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw isTaken(target)
    throw error
  }
}

/** On Windows, a virus scanner or indexer may briefly hold a new file. */
function renamePatiently(from: string, to: string): void {
  const deadline = Date.now() + 60_000
  for (;;) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      const held = ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')
      if (process.platform !== 'win32' || !held || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
}

/** If the work fails, move the old folder back. */
function restoreOnFailure(work: () => void, aside: string, target: string): void {
  try {
    work()
  } catch (error) {
    renamePatiently(aside, target)
    throw error
  }
}

function flushFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
