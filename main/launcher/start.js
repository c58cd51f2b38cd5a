import { spawn } from 'node:child_process'
import { electronProgram, fetchedElectron, whyNoWindow } from './electron.js'
import { compiledEntry, homeFolder, preload, project, say } from './places.js'
import { handOver } from './run.js'

/** If Electron fails within this time, it hasn't shown its window: libraries are missing, or the system forbids its sandbox. */
const earlySeconds = 20

/** `laurel start`: open the application in a desktop window or, if that isn't possible, in the browser, with one line that says why. */
export async function start(node, args) {
  const reason = await openWindow(node)
  if (reason === undefined) return 0
  say(`${reason}; opening Laurel in the browser`)
  return handOver(node, ['--import', preload, compiledEntry, 'serve', ...args], { watched: true })
}

/** Undefined once the window was opened and closed again; otherwise why it couldn't be opened. */
async function openWindow(node) {
  const obstacle = whyNoWindow()
  if (obstacle !== undefined) return obstacle
  const program = process.env.LAUREL_NO_SETUP ? electronProgram() : await fetchedElectron(homeFolder(), node)
  if (program === undefined) return 'Electron isn’t available here'
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
    const keep = () => {} // Ctrl-C also reaches Electron, which asks before it exits
    process.on('SIGINT', keep)
    child.once('error', (error) => resolve(`Electron couldn’t start (${error.message})`))
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', pass)
      process.off('SIGINT', keep)
      const isEarly = Date.now() - began < early * 1000
      if (code !== 0 && isEarly) resolve(`Electron exited immediately (${signal ?? `exit code ${code}`})`)
      else resolve(undefined)
    })
  })
}
