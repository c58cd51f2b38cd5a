import { statfsSync } from 'node:fs'
import type { RuntimeKind } from '../shared/enums.ts'
import { LaurelError } from '../shared/errors.ts'

/** Peak disk space of an installation, downloads included. */
const gigabytes: Record<RuntimeKind, number> = { cpu: 1.2, cuda: 11 }

/** Throws DISK_FULL if the data folder's disk has too little space for the pack. */
export function checkFreeSpace(home: string, kind: RuntimeKind): void {
  const { bavail, bsize } = statfsSync(home)
  const free = (bavail * bsize) / 1e9
  if (free >= gigabytes[kind]) return
  const message = `${home}: ${free.toFixed(1)} GB free, but a ${kind} pack needs ${gigabytes[kind]} GB`
  throw new LaurelError('DISK_FULL', message, 'Free disk space, or set LAUREL_HOME to a folder on another disk.')
}
