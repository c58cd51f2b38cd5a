import { z } from 'zod'
import { procedure } from './procedure.ts'
import { shownStatus } from './runs.ts'

export const runStorage = z.object({
  id: z.string(),
  name: z.string(),
  status: shownStatus,
  models: z.array(z.object({ name: z.string(), bytes: z.number() })),
  checkpointBytes: z.number(),
  /** Rows in the database, and about how much of it they are. */
  rows: z.int(),
  rowBytes: z.number(),
})
export type RunStorage = z.infer<typeof runStorage>

export const storage = z.object({
  home: z.string(),
  freeBytes: z.number(),
  databaseBytes: z.number(),
  runtimeBytes: z.number(),
  modelBytes: z.number(), // of the library, those of runs apart
  dataBytes: z.number(),
  logBytes: z.number(),
  backupBytes: z.number(),
  leftoverBytes: z.number(), // of what was broken off: downloads, uploads, unfinished folders
  runs: z.array(runStorage),
})
export type Storage = z.infer<typeof storage>

/** Something that can be deleted. */
export const cleanUpItem = z.object({
  id: z.string(),
  group: z.enum(['checkpoints', 'models', 'leftovers', 'backups', 'logs']),
  what: z.string(),
  bytes: z.number(),
  paths: z.array(z.string()),
  /** What is lost with it, where that is more than space; it is not chosen unless a person does so. */
  warning: z.string().nullable(),
})
export type CleanUpItem = z.infer<typeof cleanUpItem>

export const backup = z.object({ name: z.string(), path: z.string(), bytes: z.number(), at: z.string() })
export type Backup = z.infer<typeof backup>

/** What a look at the whole database came to. */
export const databaseCheck = z.object({ checkedAt: z.iso.datetime(), found: z.array(z.string()) })
export type DatabaseCheck = z.infer<typeof databaseCheck>

export const storageContract = {
  storage: procedure.output(storage),
  /** All that can be deleted now. */
  cleanUpItems: procedure.output(z.array(cleanUpItem)),
  /** Deletes what is still there to be deleted; what a run has begun to use meanwhile stays, and is named. */
  cleanUp: procedure.input(z.object({ ids: z.array(z.string()) })).output(z.object({ freedBytes: z.number(), kept: z.array(z.string()) })),
  backups: procedure.output(z.array(backup)), // newest first
  backUp: procedure.output(backup),
  /** Looks at every page and index of the database; nothing found: all is well. */
  checkDatabase: procedure.output(databaseCheck),
  /** The last such look, by hand or the daily one; null: none yet. */
  lastCheck: procedure.output(databaseCheck.nullable()),
}
