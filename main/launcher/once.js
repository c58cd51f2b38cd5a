import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './places.js'

/** How often an owner writes a heartbeat, and how old it may be before an owner counts as gone if nothing else is known (milliseconds). */
const beatMs = 5_000
const staleMs = 60_000

/** Run a step of setup that two launchers must not execute at the same time. A lock whose owner is gone is taken over. */
export async function oneAtATime(lock, work) {
  mkdirSync(dirname(lock), { recursive: true })
  for (let waited = false; !take(lock); waited = true) {
    if (!waited) say('waiting for another setup to finish')
    await sleep(300)
  }
  const heart = setInterval(() => beat(lock), beatMs)
  try {
    return await work()
  } finally {
    clearInterval(heart)
    rmSync(lock, { force: true })
  }
}

function beat(lock) {
  const now = new Date()
  try {
    utimesSync(lock, now, now)
  } catch {
    // the lock was taken over while this machine slept
  }
}

/** The lock is a hard link to a file that already contains its owner's PID, so no one sees it empty. */
function take(lock) {
  removeAbandoned(lock)
  const own = `${lock}.${process.pid}`
  writeFileSync(own, `${process.pid} ${started(process.pid)}`)
  try {
    linkSync(own, lock)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

function removeAbandoned(lock) {
  const owner = read(lock)
  if (owner === undefined || isAlive(owner, lock)) return
  const aside = `${lock}.${process.pid}.abandoned`
  try {
    renameSync(lock, aside)
    if (read(aside) !== owner) linkSync(aside, lock) // a new owner took the lock in between: give it back
    rmSync(aside, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

function read(lock) {
  try {
    return readFileSync(lock, 'utf8')
  } catch {
    return undefined
  }
}

/** PIDs are reused: if the system doesn't report when a process started, the lock's last heartbeat decides. */
export function isAlive(owner, lock, startOf = started) {
  const [pid, since] = owner.split(' ')
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if (error.code !== 'EPERM') return false
  }
  const now = startOf(pid)
  if (since !== '' && now !== '') return now === since
  return Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs < staleMs
}

/**
 * When a process started (on Linux), since PIDs are reused; '' if unknown, 'ended' for a zombie that its parent hasn't
 * reaped.
 */
function started(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : fields[19]
  } catch {
    return ''
  }
}
