import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { runEvent } from '../run-events.ts'
import { reading } from './procedure.ts'

/** An event of a run, as sent to the UI. */
export const followedEvent = z.object({
  /** Its position in the history; null: a transient event (progress, an optimizer step) whose content is already in the store. */
  id: z.int().nullable(),
  runId: z.string(),
  at: z.string(), // ISO 8601, UTC
  event: runEvent,
})
export type FollowedEvent = z.infer<typeof followedEvent>

export const eventsContract = {
  /** The id of the newest event. Data requested after this call is at least as new, so following from this id misses nothing. */
  position: reading.output(z.int()),
  /**
   * Events of one run (null: of all runs) from now on. `after`: first replays the history after this id, so that a reconnect loses nothing.
   * Transient events are sent at most four times a second, the newest of each kind.
   */
  follow: reading.input(z.object({ runId: z.string().nullable(), after: z.int().min(0).nullable() })).output(eventIterator(followedEvent)),
}

export const logLevel = z.enum(['debug', 'info', 'warning', 'error'])
export type LogLevel = z.infer<typeof logLevel>

/** One line of the log. `source`: the component that wrote it: `engine`, `run r-7f3kq`, `desktop` ... */
export const logEntry = z.object({ at: z.string(), level: logLevel, source: z.string(), text: z.string() }) // at: ISO 8601, UTC
export type LogEntry = z.infer<typeof logEntry>

export const notice = z.object({ name: z.string(), version: z.string(), license: z.string() })
export type Notice = z.infer<typeof notice>

export const logsContract = {
  logFolder: reading.output(z.string()),
  /** The newest entries, then new ones as they arrive, in batches. */
  followLog: reading.output(eventIterator(z.array(logEntry))),
  /** Laurel's dependencies, with their licenses. */
  notices: reading.output(z.array(notice)),
}
