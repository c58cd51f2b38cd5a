import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, processStart } from '../common/process-identity.ts'

const interval = 300

/**
 * Do something while holding a lock file, one process at a time. A lock whose owner is gone (killed, or the machine was
 * restarted) is taken over. `onWait` is told once where somebody else holds it.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  for (let waited = false; !take(path); waited = true) {
    if (!waited) onWait()
    await sleep(interval)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** The lock appears with its owner's name in it, or not at all: it is a second name of a file already written. */
function take(path: string): boolean {
  removeAbandoned(path)
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: processStart(process.pid) }))
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
function removeAbandoned(path: string): void {
  const owner = readOwner(path)
  if (owner === undefined || isAlive(owner.pid, owner.started)) return
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

/** Undefined where the lock is free. */
function readOwner(path: string): { pid: number; started: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; started: string }
  } catch {
    return undefined
  }
}
