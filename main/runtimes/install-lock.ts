import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, processStart } from '../common/process-identity.ts'

const interval = 300
/**
 * Milliseconds: how often the owner refreshes its lock, and the age at which an unrefreshed lock counts as abandoned if the OS can't say.
 */
const beatMs = 5_000
const staleMs = 60_000

/**
 * Run `work` while holding a lock file, one process at a time. A lock whose owner is gone (killed, or the machine restarted) is taken over.
 * `onWait` is called once if another process holds the lock. An aborted `signal` ends the wait. Tests replace `startOf`.
 */
export async function withLock<T>(
  path: string,
  onWait: () => void,
  work: () => Promise<T>,
  { startOf = processStart, signal }: { readonly startOf?: typeof processStart; readonly signal?: AbortSignal } = {},
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  for (let waited = false; !take(path, startOf); waited = true) {
    if (!waited) onWait()
    await sleep(interval, undefined, { signal })
  }
  const heart = setInterval(() => beat(path), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(heart)
    rmSync(path, { force: true })
  }
}

function beat(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    // taken over while this machine was asleep
  }
}

/** Linking a complete file makes the lock appear atomically, with its owner inside. */
function take(path: string, startOf: typeof processStart): boolean {
  removeAbandoned(path, startOf)
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }))
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

/** If two processes find the same abandoned lock, the rename succeeds for only one of them. */
function removeAbandoned(path: string, startOf: typeof processStart): void {
  const owner = readOwner(path)
  if (owner === undefined || isHeld(path, owner, startOf)) return
  const aside = `${path}.${process.pid}.abandoned`
  try {
    renameSync(path, aside)
    const moved = readOwner(aside)
    if (moved && moved.pid !== owner.pid) linkSync(aside, path) // another process has locked in between: restore its lock
    rmSync(aside, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Process ids are reused. If the OS doesn't report when a process started, the lock's last refresh decides. */
function isHeld(path: string, { pid, started }: Owner, startOf: typeof processStart): boolean {
  if (!isAlive(pid, started)) return false
  if (started !== '' && startOf(pid) !== '') return true
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && Date.now() - stats.mtimeMs < staleMs
}

interface Owner {
  readonly pid: number
  readonly started: string
}

/** Undefined if the lock is free. */
function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return undefined
  }
}
