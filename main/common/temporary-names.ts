import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive } from './process-identity.ts'

/**
 * Names of what is still being written: `NAME.tmp-PID-RANDOM` beside its target. The process id tells whether its writer is still at work; a
 * writer that was killed leaves its temporary behind, and the next writer of the same name, or clean-up, removes it.
 */

/** A new temporary name beside `target`, whose folder exists. What dead writers of the same target left is removed. */
export function temporaryBeside(target: string): string {
  removeLeftovers(target)
  return `${target}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** The process that writes a temporary of this name, or of one that older versions gave (`NAME.PID.tmp`); undefined where the name is no temporary's. */
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
