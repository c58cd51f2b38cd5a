import { homePaths } from '../common/home.ts'
import { openLog as openCommonLog } from '../common/log.ts'

export interface Log {
  readonly folder: string
  readonly write: (line: string) => void
}

/** The desktop application's own lines of the log: what it refused, what died, what it could not do. */
export function openLog(home: string): Log {
  const { folder, write } = openCommonLog(homePaths(home).logs)
  return { folder, write: (line) => write('info', 'desktop', line) }
}
