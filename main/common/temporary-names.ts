import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive } from './process-identity.ts'

/**
 * Names of unfinished files and folders: `NAME.tmp-PID-RANDOM` next to the target. The PID tells whether the writer is still alive. A killed
 * writer's leftovers are removed by the next writer of the same name, or by clean-up.
 */

/** A new temporary name next to `target`, whose folder must exist. Removes leftovers of dead writers of the same target. */
export function temporaryBeside(target: string): string {
  removeLeftovers(target)
  return `${target}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** The PID of the writer of a temporary name, or of one from older versions (`NAME.PID.tmp`); undefined if the name isn't temporary. */
export function writerOf(name: string): number | undefined {
  const pid = /\.tmp-(\d+)(?:-|$)/.exec(name)?.[1] ?? /\.(\d+)\.tmp(?:-wal|-shm|-journal)?$/.exec(name)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

function removeLeftovers(target: string): void {
  const folder = dirname(target)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(target)}.tmp-`)) continue
    const pid = writerOf(name)
    if (pid !== undefined && !isAlive(pid, '')) rmSync(join(folder, name), { recursive: true, force: true })
  }
}
