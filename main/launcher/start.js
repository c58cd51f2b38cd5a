import { spawn } from 'node:child_process'
import { electronProgram, fetchedElectron, whyNoWindow } from './electron.js'
import { compiledEntry, homeFolder, preload, project, say } from './places.js'
import { handOver } from './run.js'

/** An Electron that fails within this time has not shown its window: libraries are missing, or the system forbids its sandbox. */
const earlySeconds = 20

/** `laurel start`: the application in a window of its own, or, where that can't be had, in the browser; which and why is said in one line. */
export async function start(node, args) {
  const reason = await openWindow(node)
  if (reason === undefined) return 0
  say(`${reason}: Laurel opens in the browser`)
  return handOver(node, ['--import', preload, compiledEntry, 'serve', ...args], { watched: true })
}

/** Undefined when the window was opened and closed again; else why it could not be. */
async function openWindow(node) {
  const obstacle = whyNoWindow()
  if (obstacle !== undefined) return obstacle
  const program = process.env.LAUREL_NO_SETUP ? electronProgram() : await fetchedElectron(homeFolder(), node)
  if (program === undefined) return 'Electron cannot be had here'
  return runElectron(program)
}

/** @returns {Promise<string | undefined>} */
export function runElectron(program, args = [project], early = earlySeconds) {
  const { ELECTRON_RUN_AS_NODE, ...env } = process.env
  const began = Date.now()
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: 'inherit' })
    const pass = () => child.kill('SIGTERM')
    process.on('SIGTERM', pass)
    const keep = () => {} // Ctrl-C reaches Electron too, which asks before it ends
    process.on('SIGINT', keep)
    child.once('error', (error) => resolve(`Electron does not start (${error.message})`))
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', pass)
      process.off('SIGINT', keep)
      const isEarly = Date.now() - began < early * 1000
      if (code !== 0 && isEarly) resolve(`Electron ended at once (${signal ?? `exit code ${code}`})`)
      else resolve(undefined)
    })
  })
}
