import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import { replaceFile } from '../common/replace-file.ts'

const fileOf = (home: string): string => join(homePaths(home).serve, 'last-port')

/** The port that last served this data folder; 0 (any free port) if unknown. */
export function lastPort(home: string): number {
  try {
    const port = Number(readFileSync(fileOf(home), 'utf8'))
    return Number.isInteger(port) && port > 1023 && port < 65_536 ? port : 0
  } catch {
    return 0 // never served, or unreadable: any port will do
  }
}

/** Stores the port for the next start. */
export function rememberPort(home: string, port: number): void {
  mkdirSync(homePaths(home).serve, { recursive: true })
  replaceFile(fileOf(home), String(port))
}
