import { z } from 'zod'
import { procedure, reading } from './procedure.ts'
import { shownStatus } from './runs-contract.ts'

export const runStorage = z.object({
  id: z.string(),
  name: z.string(),
  status: shownStatus,
  models: z.array(z.object({ name: z.string(), bytes: z.number() })),
  checkpointBytes: z.number(),
  /** Number of rows in the database, and their approximate share of it. */
  rows: z.int(),
  rowBytes: z.number(),
})
export type RunStorage = z.infer<typeof runStorage>

export const storage = z.object({
  home: z.string(),
  freeBytes: z.number(),
  databaseBytes: z.number(),
  runtimeBytes: z.number(),
  modelBytes: z.number(), // models in the library, excluding those of runs
  dataBytes: z.number(),
  logBytes: z.number(),
  backupBytes: z.number(),
  leftoverBytes: z.number(), // interrupted downloads, uploads, and unfinished folders
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
  /** What deleting it loses besides space; such an item isn't selected by default. */
  warning: z.string().nullable(),
})
export type CleanUpItem = z.infer<typeof cleanUpItem>

export const backup = z.object({ name: z.string(), path: z.string(), bytes: z.number(), at: z.string() })
export type Backup = z.infer<typeof backup>

/** Result of a full database check. */
export const databaseCheck = z.object({ checkedAt: z.iso.datetime(), found: z.array(z.string()) })
export type DatabaseCheck = z.infer<typeof databaseCheck>

export const storageContract = {
  storage: reading.output(storage),
  /** Everything that can be deleted now. */
  cleanUpItems: reading.output(z.array(cleanUpItem)),
  /** Deletes the items that can still be deleted. Keeps and names those that a run has started to use meanwhile. */
  cleanUp: procedure.input(z.object({ ids: z.array(z.string()) })).output(z.object({ freedBytes: z.number(), kept: z.array(z.string()) })),
  backups: reading.output(z.array(backup)), // newest first
  backUp: procedure.output(backup),
  /** Checks every page and index of the database; an empty list means no problems. */
  checkDatabase: procedure.output(databaseCheck),
  /** The last check, manual or daily; null: none yet. */
  lastCheck: reading.output(databaseCheck.nullable()),
}
