import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { runEvent } from '../../loop/events.ts'
import { procedure } from './procedure.ts'

/** An event of a run on its way to a window. */
export const followedEvent = z.object({
  /** Its place in the history; null: it is passing (progress, an optimiser step), and its content is in the store already. */
  id: z.int().nullable(),
  runId: z.string(),
  at: z.string(), // ISO 8601, UTC
  event: runEvent,
})
export type FollowedEvent = z.infer<typeof followedEvent>

export const eventsContract = {
  /** The id of the newest event: what is asked for after this is known is at least as new, so following from here misses nothing. */
  position: procedure.output(z.int()),
  /**
   * What happens to one run (or to all: null), from now on. `after`: first everything in the history behind this id, so that nothing is
   * lost while the connection was down. Passing events come four times a second at most, the newest of their kind.
   */
  follow: procedure
    .input(z.object({ runId: z.string().nullable(), after: z.int().min(0).nullable() }))
    .output(eventIterator(followedEvent)),
}
