import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { procedure } from './procedure.ts'

export const colorSchemes = ['auto', 'light', 'dark'] as const
export const colorScheme = z.enum(colorSchemes)
export type ColorScheme = z.infer<typeof colorScheme>

/** A command from a native menu or a notification to the page. */
export const windowCommand = z.discriminatedUnion('command', [
  z.object({ command: z.literal('go'), path: z.string().startsWith('/') }),
  z.object({ command: z.literal('scheme'), scheme: colorScheme }),
  /** Applies to the run in view, like the buttons on the page. */
  z.object({ command: z.literal('run'), action: z.enum(['start', 'pause', 'stop']) }),
])
export type WindowCommand = z.infer<typeof windowCommand>

/** What the page reports about itself, to keep the native menu in sync. */
export const windowView = z.object({ path: z.string(), scheme: colorScheme })
export type WindowView = z.infer<typeof windowView>

export const windowContract = {
  /** Commands from outside the page, from now on. A browser gets none. */
  commands: procedure.output(eventIterator(windowCommand)),
  showing: procedure.input(windowView).output(z.void()),
}
