import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type LogEntry, type LogLevel, logLevel } from '../shared/contract/events-contract.ts'

export interface Log {
  readonly folder: string
  write(level: LogLevel, source: string, text: string): void
  /** The newest entries, oldest first. */
  recent(): readonly LogEntry[]
  /** Calls the listener with every new entry; returns a function that unsubscribes. */
  listen(listener: (entry: LogEntry) => void): () => void
}

/** Retention: `files` files of `bytes` each on disk, `entries` entries in memory. */
const limits = { bytes: 2 * 1024 * 1024, files: 5, entries: 2000, characters: 20_000 }

const fileName = 'laurel.jsonl'
const olderName = (age: number): string => `laurel.${age}.jsonl`

const open = new Map<string, Log>()

/** The log of a folder, one instance per process. It never throws: a full disk must not stop the work that is logged. */
export function openLog(folder: string): Log {
  const known = open.get(folder)
  if (known !== undefined) return known
  const log = newLog(folder)
  open.set(folder, log)
  return log
}

function newLog(folder: string): Log {
  const file = join(folder, fileName)
  const listeners = new Set<(entry: LogEntry) => void>()
  const entries: LogEntry[] = []
  attempt(() => mkdirSync(folder, { recursive: true }))
  attempt(() => {
    for (const entry of readEntries(file)) entries.push(entry)
  })
  return {
    folder,
    write(level, source, text) {
      const entry: LogEntry = { at: new Date().toISOString(), level, source, text: text.slice(0, limits.characters) }
      entries.push(entry)
      if (entries.length > limits.entries) entries.shift()
      for (const listener of listeners) listener(entry)
      attempt(() => {
        rotate(folder)
        appendFileSync(file, `${JSON.stringify(entry)}\n`)
      })
    },
    recent: () => [...entries],
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** Rename a full file to the newest of the older ones, and delete the oldest. */
function rotate(folder: string): void {
  const stats = statSync(join(folder, fileName), { throwIfNoEntry: false })
  if (stats === undefined || stats.size < limits.bytes) return
  rmSync(join(folder, olderName(limits.files - 1)), { force: true })
  for (let age = limits.files - 2; age > 0; age--) attempt(() => renameSync(join(folder, olderName(age)), join(folder, olderName(age + 1))))
  renameSync(join(folder, fileName), join(folder, olderName(1)))
}

/** Rotated log files. */
export const olderLogs = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => /^laurel\.\d+\.jsonl$/.test(name))
      .map((name) => join(folder, name))
  } catch {
    return [] // no log folder yet
  }
}

function readEntries(file: string): LogEntry[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-limits.entries)
  return lines.flatMap((line) => {
    try {
      const { at, level, source, text } = JSON.parse(line) as LogEntry
      return logLevel.options.includes(level) && typeof at === 'string' ? [{ at, level, source: String(source), text: String(text) }] : []
    } catch {
      return [] // a partial line from a process that was killed
    }
  })
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // a log that can't be written has nowhere to report that
  }
}
