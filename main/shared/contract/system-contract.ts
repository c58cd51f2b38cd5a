import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { doctorContract } from './doctor-contract.ts'
import { logsContract } from './events-contract.ts'
import { placesContract } from './places-contract.ts'
import { procedure, reading } from './procedure.ts'
import { storageContract } from './storage-contract.ts'

/** User settings for all runs. */
export const settings = z.object({
  /** The reviewer's name, stored with each review; empty: unnamed. */
  reviewer: z.string().max(80).default(''),
  /** Default processor threads of an engine; null: all. */
  threads: z.int().min(1).max(1024).nullable().default(null),
  /** An address that is posted to when a run ends or waits; null: none. */
  webhook: z
    .url({ protocol: /^https?$/, error: 'must be an address that starts with https:// or http://', abort: true })
    .refine((address) => new URL(address).username + new URL(address).password === '', 'must not contain a user or a password')
    .nullable()
    .default(null),
})
export type Settings = z.infer<typeof settings>

export const settingsContract = {
  settings: procedure.output(settings),
  /** Changes the given settings and keeps the others. */
  changeSettings: procedure
    .input(
      z
        .object({
          reviewer: settings.shape.reviewer.unwrap(),
          threads: settings.shape.threads.unwrap(),
          webhook: settings.shape.webhook.unwrap(),
        })
        .partial(),
    )
    .output(settings),
}

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
  /** `isReadOnly`: this window can look at everything and change nothing. */
  about: reading.output(about.extend({ isReadOnly: z.boolean() })),
  ...placesContract,
  ...settingsContract,
  ...doctorContract,
  ...storageContract,
  ...logsContract,
}

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
  commands: reading.output(eventIterator(windowCommand)),
  showing: procedure.input(windowView).output(z.void()),
}
