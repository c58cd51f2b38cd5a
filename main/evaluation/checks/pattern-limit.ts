import { createContext, Script } from 'node:vm'

const limitMs = 1_000

/** A timer that fires before this share of the limit was computed says more about the machine than about the pattern. */
const starvedShare = 0.3
const attempts = 3

const context = createContext({ pattern: '', flags: '', text: '' })
const script = new Script('new RegExp(pattern, flags).test(text)')

/**
 * Whether a regular expression matches, within a second; a slower one counts as no match. Some patterns, such as (a+)+b, take longer than
 * the universe is old, and V8 stops them from another thread.
 */
export function matchesInTime(pattern: string, flags: string, text: string): boolean {
  Object.assign(context, { pattern, flags, text })
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = processorMs()
    try {
      return script.runInContext(context, { timeout: limitMs }) === true
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown
      if (processorMs() - before > limitMs * starvedShare) return false
    }
  }
  return false
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
