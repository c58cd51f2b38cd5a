import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isRecent } from './claim.ts'
import { processStart, stateOf } from './process-identity.ts'

const present = z.object({
  pid: z.int(),
  started: z.string(),
  what: z.string(),
  /** Where a browser finds it, without a token. */
  address: z.string().optional(),
})
export type Present = z.infer<typeof present>

/** How often a process says that it still has the folder open, by its file's time, milliseconds. */
const beatMs = 20_000

/** Processes that have the data folder open in a window or serve it, this one left out. */
export function presentIn(home: string): Present[] {
  const folder = folderOf(home)
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder).flatMap((name) => living(join(folder, name)))
}

const folderOf = (home: string): string => join(home, 'open')

/**
 * Makes it known that this process has a data folder open in a window or serves it. Several may; this is only so that the user can be told.
 * Gives the others that live, and the way to leave.
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

/** What a file says, where its process lives; else the file goes. */
function living(path: string): Present[] {
  try {
    const said = present.parse(JSON.parse(readFileSync(path, 'utf8')))
    if (said.pid !== process.pid && lives(said, path)) return [said]
  } catch {
    // damaged, or gone by now
  }
  rmSync(path, { force: true })
  return []
}

/** Where the operating system does not say when a process started, a dead one's id may be another's by now: the file's time decides. */
function lives({ pid, started }: Present, path: string): boolean {
  const state = stateOf(pid, started)
  return state === 'unknown' ? isRecent(statSync(path).mtimeMs) : state === 'alive'
}

function touch(path: string): void {
  const now = new Date()
  try {
    utimesSync(path, now, now)
  } catch {
    // gone, or a disk that takes nothing: it is only for the user to know
  }
}
