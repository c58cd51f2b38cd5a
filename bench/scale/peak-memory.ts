import { readFileSync, writeFileSync } from 'node:fs'

/** The process's peak memory since `reset`, where the system can forget an earlier peak (Linux); elsewhere, since its start. */
export const peakMemory = {
  reset(): void {
    try {
      writeFileSync('/proc/self/clear_refs', '5')
    } catch {
      // another system
    }
  },
  bytes(): number {
    try {
      return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
    } catch {
      return 1024 * process.resourceUsage().maxRSS
    }
  },
}
