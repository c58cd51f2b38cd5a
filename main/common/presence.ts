import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, processStart } from './process-identity.ts'

const present = z.object({ pid: z.int(), started: z.string(), what: z.string() })
export type Present = z.infer<typeof present>

/**
 * Which processes have a data folder open in a window or serve it. Several may; this is only so that a person can be told. Gives the others
 * that live, and the way to leave.
 */
export function announce(home: string, what: string): { readonly others: readonly Present[]; leave(): void } {
  const folder = join(home, 'open')
  mkdirSync(folder, { recursive: true })
  const others = readdirSync(folder).flatMap((name) => living(join(folder, name)))
  const own = join(folder, `${process.pid}.json`)
  writeFileSync(own, JSON.stringify({ pid: process.pid, started: processStart(process.pid), what } satisfies Present))
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
