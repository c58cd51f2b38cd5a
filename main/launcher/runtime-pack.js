import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledEntry, preload, project, say } from './places.js'

const day = 24 * 60 * 60 * 1000

/**
 * Install the native runtime pack where it is missing: cpu, and cuda too where there is an NVIDIA driver. A failure is
 * said in one line and not repeated for a day; Laurel then computes with the best backend that there is.
 */
export async function ensureRuntime(home, node) {
  const kind = existsSync('/dev/nvidia0') ? 'cuda' : 'cpu'
  const folder = join(home, 'runtimes')
  if (existsSync(join(folder, kind, 'manifest.json')) || failedToday(join(folder, `${kind}.failed.json`))) return
  say(`installing the native runtime (${kind}); this happens once`)
  const failed = await runTelling(node, [compiledEntry, 'runtime', 'install', kind])
  if (failed) say(`going on without it, slower: ${failed} (\`laurel doctor\` tells more, \`laurel runtime install ${kind}\` tries again)`)
}

/** Run the installer, pass its steps on as they come, and give the reason where it fails. */
function runTelling(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--import', preload, ...args], { cwd: project, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let reason = ''
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('error: ')) reason = line.slice('error: '.length)
      else if (reason === '') say(line) // what follows the error is its remedy, which is said in other words
    })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code === 0 ? '' : reason || (signal ?? `exit code ${code}`)))
  })
}

function failedToday(path) {
  try {
    return Date.now() - Date.parse(JSON.parse(readFileSync(path, 'utf8')).at) < day
  } catch {
    return false
  }
}
