import { z } from 'zod'
import { procedure } from './procedure.ts'

/** What a person can set once for all runs. */
export const settings = z.object({
  /** Who reviews, as stored with each review; empty: nobody in particular. */
  reviewer: z.string().max(80).default(''),
  /** Processor threads of an engine for which nothing else is said; null: all. */
  threads: z.int().min(1).max(1024).nullable().default(null),
})
export type Settings = z.infer<typeof settings>

export const settingsContract = {
  settings: procedure.output(settings),
  /** Changes what is given and leaves the rest. */
  changeSettings: procedure
    .input(z.object({ reviewer: settings.shape.reviewer.unwrap(), threads: settings.shape.threads.unwrap() }).partial())
    .output(settings),
}
