import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Loaded before Laurel (`node --import`): passes the fault shim on to the processes that Laurel starts. An engine's environment is an allow-list,
 * and for good reason doesn't include LD_PRELOAD.
 */
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => name === 'LD_PRELOAD' || name.startsWith('FAULT_')))

for (const name of ['spawn', 'fork']) {
  const start = childProcess[name]
  childProcess[name] = (file, args, options) => start(file, args, { ...options, env: { ...(options?.env ?? process.env), ...inherited } })
}
syncBuiltinESMExports()
