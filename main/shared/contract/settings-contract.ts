import { z } from 'zod'
import { procedure } from './procedure.ts'

/** User settings for all runs. */
export const settings = z.object({
  /** The reviewer's name, stored with each review; empty: unnamed. */
  reviewer: z.string().max(80).default(''),
  /** Default processor threads of an engine; null: all. */
  threads: z.int().min(1).max(1024).nullable().default(null),
})
export type Settings = z.infer<typeof settings>

export const settingsContract = {
  settings: procedure.output(settings),
  /** Changes the given settings and keeps the others. */
  changeSettings: procedure
    .input(z.object({ reviewer: settings.shape.reviewer.unwrap(), threads: settings.shape.threads.unwrap() }).partial())
    .output(settings),
}
