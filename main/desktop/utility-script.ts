import { utilityProcess } from 'electron'
import type { ScriptRunner } from '../runtimes/command.ts'

/** Runs a script in a utility process, because Electron's own executable can't run as Node. The script exits by itself. */
export const runUtilityScript: ScriptRunner = (file, args, { timeoutSeconds }) =>
  new Promise((resolve, reject) => {
    const child = utilityProcess.fork(file, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      serviceName: 'Laurel script',
      allowLoadingUnsignedLibraries: true,
    })
    let output = ''
    let errors = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk).slice(-20_000)
    })
    const timer = setTimeout(() => child.kill(), timeoutSeconds * 1000)
    child.once('exit', (code) => {
      clearTimeout(timer)
      if (code === 0) return resolve(output)
      const cause = errors.split('\n').find((line) => /error/i.test(line))
      reject(new Error(cause?.trim() ?? `exit code ${code}`))
    })
  })
