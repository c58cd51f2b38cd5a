import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../common/replace-file.ts'
import { type Settings, settings as settingsSchema } from './contract/settings.ts'

/** What is in the file: the settings and what the window remembers by itself. */
const document = settingsSchema.extend({ recentPlaces: z.array(z.string()).default([]) })
type Document = z.infer<typeof document>

const mostRecent = 6

/** A person's settings, in one small file of the data folder. A file that cannot be read is as good as none: nothing in it is dear. */
export function settingsFile(home: string) {
  const path = join(home, 'settings.json')

  function read(): Document {
    try {
      return document.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch {
      return document.parse({})
    }
  }

  const write = (content: Document): void => replaceFile(path, `${JSON.stringify(content, null, 2)}\n`)

  return {
    get(): Settings {
      return settingsSchema.parse(read())
    },
    change(changes: Partial<Settings>): Settings {
      write({ ...read(), ...changes })
      return this.get()
    },
    /** Folders in which something was chosen, the newest first. */
    recentPlaces: (): readonly string[] => read().recentPlaces,
    rememberPlace(folder: string): void {
      const now = read()
      write({ ...now, recentPlaces: [folder, ...now.recentPlaces.filter((other) => other !== folder)].slice(0, mostRecent) })
    },
  }
}
export type SettingsFile = ReturnType<typeof settingsFile>
