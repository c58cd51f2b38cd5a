import { readFileSync } from 'node:fs'

/**
 * When a process started, as the operating system reports it (on Linux: clock ticks since boot, with the boot's ID), or '' if unknown.
 * PIDs are reused, so a PID alone doesn't identify a process.
 */
export function processStart(pid: number): string {
  try {
    const afterName = statFields(pid)
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${afterName[19]}`
  } catch {
    return ''
  }
}

/** The fields of /proc/PID/stat from the third (the state) on. The second, the name, may contain spaces and parentheses. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Whether a process is dead but not reaped by its parent (which in some containers never happens). */
function isZombie(pid: number): boolean {
  try {
    return statFields(pid)[0] === 'Z'
  } catch {
    return false
  }
}

/**
 * The state of the process with this PID and start time. `unknown`: a process with this PID exists, but the operating system doesn't report
 * when it started, so it may be another one.
 */
export function stateOf(pid: number, started: string): 'alive' | 'gone' | 'unknown' {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'gone' // EPERM: it exists and belongs to another user
  }
  if (isZombie(pid)) return 'gone'
  const now = processStart(pid)
  if (started === '' || now === '') return 'unknown'
  return now === started ? 'alive' : 'gone'
}

/** Whether the process with this PID and start time may still exist on this machine. */
export const isAlive = (pid: number, started: string): boolean => stateOf(pid, started) !== 'gone'
