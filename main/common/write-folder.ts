import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { badInput, LaurelError } from './errors.ts'

/** How a folder is to be written. */
export interface FolderWriting {
  /** Bytes that will be written, roughly: checked against the free space before the first is. */
  readonly bytes: number
  /** Whether an existing, non-empty folder of that name may be replaced: it must be one of ours, not somebody's documents. */
  readonly mayReplace: (existing: string) => boolean
  /** Write all files into this temporary folder. */
  readonly fill: (temporary: string) => void
}

/**
 * Write a folder so that it appears complete or not at all, whenever the process or the machine stops: files go to a
 * temporary folder beside it, are flushed to disk, and the folder is renamed. What dead writers left behind is removed.
 * Throws BAD_INPUT where the place is taken or not writable, DISK_FULL.
 */
export function writeFolder(path: string, writing: FolderWriting): void {
  const target = resolve(path)
  try {
    const temporary = begin(target, writing)
    try {
      writing.fill(temporary)
      complete(temporary, target)
    } finally {
      end(temporary)
    }
  } catch (error) {
    throw described(error, path)
  }
}

/** The same for content that takes its time: a download, a compilation. */
export async function writeFolderSlowly(
  path: string,
  writing: Omit<FolderWriting, 'fill'> & { readonly fill: (temporary: string) => Promise<void> },
): Promise<void> {
  const target = resolve(path)
  try {
    const temporary = begin(target, writing)
    try {
      await writing.fill(temporary)
      complete(temporary, target)
    } finally {
      end(temporary)
    }
  } catch (error) {
    throw described(error, path)
  }
}

/** Make the temporary folder, if the place may be taken. */
function begin(target: string, writing: Omit<FolderWriting, 'fill'>): string {
  const parent = dirname(target)
  mkdirSync(parent, { recursive: true })
  removeLeftovers(parent, basename(target))
  checkPlace(target, writing)
  checkSpace(parent, writing.bytes)
  const temporary = join(parent, temporaryName(basename(target)))
  inProgress.add(basename(temporary))
  mkdirSync(temporary)
  return temporary
}

function complete(temporary: string, target: string): void {
  flushAll(temporary)
  moveInto(temporary, target)
  flush(dirname(target), 'r')
}

function end(temporary: string): void {
  inProgress.delete(basename(temporary))
  rmSync(temporary, { recursive: true, force: true })
}

function flushAll(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) flushAll(join(folder, entry.name))
    else if (entry.isFile()) flush(join(folder, entry.name), 'r+')
  }
  flush(folder, 'r')
}

/** Temporary folders of this process that are being written now. */
const inProgress = new Set<string>()

/** Unique per writer; the process id tells later writers whether it is still at work. */
const temporaryName = (name: string) => `${name}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`

function removeLeftovers(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(`${name}.tmp-`) || inProgress.has(entry)) continue
    const pid = Number(/^(\d+)-/.exec(entry.slice(name.length + 5))?.[1] ?? Number.NaN)
    if (!Number.isNaN(pid) && (pid === process.pid || !isRunning(pid))) rmSync(join(parent, entry), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function checkPlace(target: string, { mayReplace }: Pick<FolderWriting, 'mayReplace'>): void {
  if (existsSync(target) && readdirSync(target).length > 0 && !mayReplace(target)) {
    throw badInput(`${target}: already exists and holds other things`, 'Name a new folder.')
  }
}

function checkSpace(parent: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(parent)
  const needed = bytes * 1.2
  if (bavail * bsize < needed) {
    const gigabytes = (n: number) => `${(n / 1e9).toFixed(1)} GB`
    throw new LaurelError(
      'DISK_FULL',
      `${parent}: ${gigabytes(needed)} needed, ${gigabytes(bavail * bsize)} free`,
      'Free disk space, then try again.',
    )
  }
}

function moveInto(temporary: string, target: string): void {
  if (!existsSync(target)) {
    renamePatiently(temporary, target)
    return
  }
  // A folder cannot be renamed over one that has files: the old one steps aside under a name that later writers clean up.
  const aside = join(dirname(target), temporaryName(basename(target)))
  renamePatiently(target, aside)
  renamePatiently(temporary, target)
  rmSync(aside, { recursive: true, force: true })
}

/** On Windows a virus scanner or indexer may hold a new file for a moment. */
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

function flush(path: string, mode: 'r' | 'r+'): void {
  if (mode === 'r' && process.platform === 'win32') return // folders cannot be flushed there
  const file = openSync(path, mode)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function described(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof LaurelError) return error
  if (code === 'ENOSPC') return new LaurelError('DISK_FULL', `${path}: no space left while writing`, 'Free disk space, then try again.')
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code ?? '')) {
    return badInput(`${path}: cannot be written (${code})`, 'Choose a place that you may write to.')
  }
  return error
}
