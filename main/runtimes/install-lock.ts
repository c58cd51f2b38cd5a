import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, processStart } from '../common/process-identity.ts'

const interval = 300
/** How often an owner shows that it lives, and after how long without a sign it is taken for gone where the system tells no more (milliseconds). */
const beatMs = 5_000
const staleMs = 60_000

/**
 * Do something while holding a lock file, one process at a time. A lock whose owner is gone (killed, or the machine was
 * restarted) is taken over. `onWait` is told once where another process holds it. `startOf` is replaced in tests.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>, startOf = processStart): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  for (let waited = false; !take(path, startOf); waited = true) {
    if (!waited) onWait()
    await sleep(interval)
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
    // taken over while this machine slept
  }
}

/** The lock appears with its owner's name in it, or not at all: it is a second name of a file already written. */
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

/** Renaming decides between two that find the same abandoned lock: only one of them moves it away. */
function removeAbandoned(path: string, startOf: typeof processStart): void {
  const owner = readOwner(path)
  if (owner === undefined || isHeld(path, owner, startOf)) return
  const aside = `${path}.${process.pid}.abandoned`
  try {
    renameSync(path, aside)
    const moved = readOwner(aside)
    if (moved && moved.pid !== owner.pid) linkSync(aside, path) // a new owner's, taken in between: give it back
    rmSync(aside, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Process ids are used again: where the system doesn't tell when a process started, the lock's last sign of life decides. */
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

/** Undefined where the lock is free. */
function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return undefined
  }
}
