import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isRecent } from './claim.ts'
import { processStart, stateOf } from './process-identity.ts'

const present = z.object({
  pid: z.int(),
  started: z.string(),
  what: z.string(),
  /** Its URL for browsers, without a token. */
  address: z.string().optional(),
})
export type Present = z.infer<typeof present>

/** Milliseconds between heartbeats of a process that has the folder open (it updates its file's time). */
const beatMs = 20_000

/** Other processes that have the data folder open in a window or serve it. */
export function presentIn(home: string): Present[] {
  const folder = folderOf(home)
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder).flatMap((name) => living(join(folder, name)))
}

const folderOf = (home: string): string => join(home, 'open')

/**
 * Announce that this process has a data folder open in a window or serves it. Several processes may; this is only for the user's information.
 * Returns the other live processes, and a function that withdraws the announcement.
 */
export function announce(home: string, what: string, address?: string): { readonly others: readonly Present[]; leave(): void } {
  const others = presentIn(home)
  const own = join(folderOf(home), `${process.pid}.json`)
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: processStart(process.pid), what, address } satisfies Present))
  const heart = setInterval(() => touch(own), beatMs).unref()
  const leave = (): void => {
    clearInterval(heart)
    rmSync(own, { force: true })
  }
  return { others, leave }
}

/** The contents of a file if its process is alive; otherwise removes the file. */
function living(path: string): Present[] {
  try {
    const said = present.parse(JSON.parse(readFileSync(path, 'utf8')))
    if (said.pid !== process.pid && lives(said, path)) return [said]
  } catch {
    // damaged, or already gone
  }
  rmSync(path, { force: true })
  return []
}

/** If the operating system doesn't report start times, a dead process's PID may have been reused: the file's time decides. */
function lives({ pid, started }: Present, path: string): boolean {
  const state = stateOf(pid, started)
  return state === 'unknown' ? isRecent(statSync(path).mtimeMs) : state === 'alive'
}

function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    // the file is gone, or the disk can't be written: this is informational only
  }
}
