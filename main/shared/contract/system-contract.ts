import { z } from 'zod'
import { doctorContract } from './doctor-contract.ts'
import { logsContract } from './logs-contract.ts'
import { placesContract } from './places-contract.ts'
import { procedure } from './procedure.ts'
import { settingsContract } from './settings-contract.ts'
import { storageContract } from './storage-contract.ts'

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
