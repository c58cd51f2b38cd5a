import { z } from 'zod'
import { procedure } from './procedure.ts'

/** Where this window's application runs. */
export const about = z.object({
  version: z.string(),
  /** `desktop`: an Electron window; `browser`: a page served by `laurel serve`. */
  surface: z.enum(['desktop', 'browser']),
  home: z.string(), // the data folder
  platform: z.string(),
})
export type About = z.infer<typeof about>

export const systemContract = {
  about: procedure.output(about),
}
