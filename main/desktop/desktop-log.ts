import { homePaths } from '../common/home.ts'
import { openLog as openCommonLog } from '../common/log.ts'

export interface Log {
  readonly folder: string
  readonly write: (line: string) => void
}

/** The log of the desktop shell: refused requests, crashed processes, failures. */
export function openLog(home: string): Log {
  const { folder, write } = openCommonLog(homePaths(home).logs)
  return { folder, write: (line) => write('info', 'desktop', line) }
}
