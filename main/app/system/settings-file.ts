import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { parseDocument } from '../../common/json-document.ts'
import { replaceFile } from '../../common/replace-file.ts'
import { type Settings, settings as settingsSchema } from '../../shared/contract/system-contract.ts'

/** Contents of the file: the settings, and what the UI remembers. */
const document = settingsSchema.extend({ recentPlaces: z.array(z.string()).default([]) }).loose() // keeps a newer Laurel's fields
type Document = z.infer<typeof document>

const mostRecent = 6

/** A file's contents, and the fields that can't be read. */
interface Reading {
  readonly content: Document
  /** 'threads: Too small'; empty: none. */
  readonly problems: readonly string[]
}

/**
 * The user's settings, in one small file in the data folder. An unreadable field is reported and takes its default; the others stay. Before
 * such a file is overwritten, a copy is kept (`settings.json.unreadable`).
 */
export function settingsFile(home: string, report: (text: string) => void = () => {}) {
  const path = join(home, 'settings.json')
  const aside = `${path}.unreadable`
  let reported = ''

  function read(): Reading {
    const reading = readingOf(path)
    const problems = reading.problems.join('; ')
    if (problems !== '' && problems !== reported)
      report(`couldn't read every setting in ${path}: ${problems}. The other settings still apply.`)
    reported = problems
    return reading
  }

  const get = (): Settings => settingsSchema.parse(read().content)

  function write(change: (now: Document) => Document): void {
    const { content, problems } = read()
    if (problems.length > 0 && existsSync(path)) copyFileSync(path, aside)
    replaceFile(path, `${JSON.stringify(change(content), null, 2)}\n`)
  }

  return {
    get,
    change(changes: Partial<Settings>): Settings {
      write((now) => ({ ...now, ...changes }))
      return get()
    },
    /** Folders of recent choices, newest first. */
    recentPlaces: (): readonly string[] => read().content.recentPlaces,
    rememberPlace: (folder: string): void =>
      write((now) => ({ ...now, recentPlaces: [folder, ...now.recentPlaces.filter((other) => other !== folder)].slice(0, mostRecent) })),
  }
}
export type SettingsFile = ReturnType<typeof settingsFile>

function readingOf(path: string): Reading {
  const nothing = document.parse({})
  if (!existsSync(path)) return { content: nothing, problems: [] }
  let found: unknown
  try {
    found = parseDocument(readFileSync(path, 'utf8'))
  } catch (error) {
    return { content: nothing, problems: [(error as Error).message] }
  }
  const given = z.record(z.string(), z.unknown()).safeParse(found)
  if (!given.success) return { content: nothing, problems: ['must be a JSON object'] }
  const parsed = document.safeParse(given.data)
  if (parsed.success) return { content: parsed.data, problems: [] }
  const bad = new Set(parsed.error.issues.map((issue) => String(issue.path[0])))
  const rest = Object.fromEntries(Object.entries(given.data).filter(([name]) => !bad.has(name)))
  return { content: document.parse(rest), problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) }
}
