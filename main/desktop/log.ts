import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Begin a new file above this size; the one before is kept. */
const largestBytes = 2 * 1024 * 1024

export interface Log {
  readonly folder: string
  readonly write: (line: string) => void
}

/** The desktop application's own log: what it refused, what died, what it could not do. A full disk must not end the application. */
export function openLog(home: string): Log {
  const folder = join(home, 'logs')
  const file = join(folder, 'desktop.log')
  attempt(() => {
    mkdirSync(folder, { recursive: true })
    if (existsSync(file) && statSync(file).size > largestBytes) renameSync(file, join(folder, 'desktop.1.log'))
  })
  return {
    folder,
    write: (line) =>
      attempt(() => appendFileSync(file, `${new Date().toISOString()} [${process.pid}] ${line.replaceAll(/[\r\n]+/g, ' | ')}\n`)),
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // nowhere to say it
  }
}
