import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const logLevel = z.enum(['debug', 'info', 'warning', 'error'])
export type ShownLogLevel = z.infer<typeof logLevel>

export const logEntry = z.object({ at: z.string(), level: logLevel, source: z.string(), text: z.string() })
export type ShownLogEntry = z.infer<typeof logEntry>

export const notice = z.object({ name: z.string(), version: z.string(), license: z.string() })
export type Notice = z.infer<typeof notice>

export const logsContract = {
  logFolder: procedure.output(z.string()),
  /** The newest entries, then new ones as they arrive, in batches. */
  followLog: procedure.output(eventIterator(z.array(logEntry))),
  /** Laurel's dependencies, with their licenses. */
  notices: procedure.output(z.array(notice)),
}
