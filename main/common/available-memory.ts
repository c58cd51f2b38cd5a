import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'

/** Bytes of memory available to programs. Linux counts reclaimable file cache as available, not as free. */
export function availableMemory(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024
  } catch {
    return freemem()
  }
}
