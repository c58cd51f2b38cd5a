import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './places.js'

/** How often an owner shows that it lives, and after how long without a sign it is taken for gone where the system tells no more (milliseconds). */
const beatMs = 5_000
const staleMs = 60_000

/** A step of set-up that two launchers started together must not both take. A lock whose owner is gone is taken over. */
export async function oneAtATime(lock, work) {
  mkdirSync(dirname(lock), { recursive: true })
  for (let waited = false; !take(lock); waited = true) {
    if (!waited) say('waiting for another set-up to end')
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
    // taken over while this machine slept
  }
}

/** The lock is a second name of a file that already holds its owner's id, so it is never seen empty. */
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
    if (read(aside) !== owner) linkSync(aside, lock) // a new owner's, taken in between: give it back
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

/** Process ids are used again: where the system doesn't tell when a process started, the lock's last sign of life decides. */
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
 * When a process started (Linux), since process ids are used again; '' where it can't be told, 'ended' where it is dead
 * and only its parent has not noticed.
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
