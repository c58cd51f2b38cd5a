import { utilityProcess } from 'electron'
import type { ScriptRunner } from '../runtimes/script-runner.ts'

/** Runs a script in a utility process: Electron itself does not act as Node. The script ends itself. */
export const runUtilityScript: ScriptRunner = (file, args, { timeoutSeconds }) =>
  new Promise((resolve, reject) => {
    const child = utilityProcess.fork(file, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      serviceName: 'Laurel script',
      allowLoadingUnsignedLibraries: true,
    })
    let output = ''
    let complaints = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk).slice(-20_000)
    })
    const timer = setTimeout(() => child.kill(), timeoutSeconds * 1000)
    child.once('exit', (code) => {
      clearTimeout(timer)
      if (code === 0) return resolve(output)
      const telling = complaints.split('\n').find((line) => /error/i.test(line))
      reject(new Error(telling?.trim() ?? `exit code ${code}`))
    })
  })
