import { z } from 'zod'
import { doctorContract } from './doctor.ts'
import { logsContract } from './logs.ts'
import { placesContract } from './places.ts'
import { procedure } from './procedure.ts'
import { settingsContract } from './settings.ts'
import { storageContract } from './storage.ts'

/** The application behind this page. */
export const about = z.object({
  version: z.string(),
  /** `desktop`: an Electron window; `browser`: a page served by `laurel serve`. */
  surface: z.enum(['desktop', 'browser']),
  home: z.string(), // the data folder
  platform: z.string(),
  node: z.string(),
})
export type About = z.infer<typeof about>

export const systemContract = {
  about: procedure.output(about),
  ...placesContract,
  ...settingsContract,
  ...doctorContract,
  ...storageContract,
  ...logsContract,
}
