import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, processStart } from './process-identity.ts'

const present = z.object({
  pid: z.int(),
  started: z.string(),
  what: z.string(),
  /** Where a browser finds it, without a token. */
  address: z.string().optional(),
})
export type Present = z.infer<typeof present>

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
  return { others, leave: () => rmSync(own, { force: true }) }
}

/** What a file says, where its process lives; else the file goes. */
function living(path: string): Present[] {
  try {
    const said = present.parse(JSON.parse(readFileSync(path, 'utf8')))
    if (said.pid !== process.pid && isAlive(said.pid, said.started)) return [said]
  } catch {
    // damaged, or gone by now
  }
  rmSync(path, { force: true })
  return []
}
