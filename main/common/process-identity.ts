import { readFileSync } from 'node:fs'

/**
 * When a process started, as the operating system tells it (Linux: clock ticks since boot, together with the boot's id), or '' where it
 * can't be told. Process ids are reused, so a pid alone doesn't name a process.
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

/** The fields of /proc/PID/stat from the third (the state) on. The second, the name, may hold spaces and brackets. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Dead, but its parent has not asked for its exit code (and in some containers never will). */
function isZombie(pid: number): boolean {
  try {
    return statFields(pid)[0] === 'Z'
  } catch {
    return false
  }
}

/**
 * What is known of the process with this pid that started then. `unknown`: a process with this pid exists, but the operating system does not say
 * when it started, so that it may be another.
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

/** Whether the process with this pid that started then may still exist on this machine. */
export const isAlive = (pid: number, started: string): boolean => stateOf(pid, started) !== 'gone'
