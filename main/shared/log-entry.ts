import { z } from 'zod'

export const logLevel = z.enum(['debug', 'info', 'warning', 'error'])
export type LogLevel = z.infer<typeof logLevel>

/** One line of the log. `source`: the component that wrote it: `engine`, `run r-7f3kq`, `desktop` ... */
export const logEntry = z.object({ at: z.string(), level: logLevel, source: z.string(), text: z.string() }) // at: ISO 8601, UTC
export type LogEntry = z.infer<typeof logEntry>
