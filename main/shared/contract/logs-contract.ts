import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { logEntry } from '../log-entry.ts'
import { procedure } from './procedure.ts'

export const notice = z.object({ name: z.string(), version: z.string(), license: z.string() })
export type Notice = z.infer<typeof notice>

export const logsContract = {
  logFolder: procedure.output(z.string()),
  /** The newest entries, then new ones as they arrive, in batches. */
  followLog: procedure.output(eventIterator(z.array(logEntry))),
  /** Laurel's dependencies, with their licenses. */
  notices: procedure.output(z.array(notice)),
}
