import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledEntry, preload, project, say } from './places.js'

const day = 24 * 60 * 60 * 1000

/**
 * Install the native runtime pack where it is missing: cpu, and cuda too where there is an NVIDIA driver. Where Laurel's
 * kernels have changed since it was made, its binding is compiled anew. A failure is said in one line and not repeated for a
 * day; Laurel then computes with the best backend that there is.
 */
export async function ensureRuntime(home, node) {
  const kind = existsSync('/dev/nvidia0') ? 'cuda' : 'cpu'
  const folder = join(home, 'runtimes')
  const manifest = readJson(join(folder, kind, 'manifest.json'))
  const isCurrent = manifest && (manifest.source !== 'wheel' || manifest.kernels?.sources === kernelSourcesHash())
  if (isCurrent || failedToday(join(folder, `${kind}.failed.json`))) return
  say(manifest ? `compiling the kernels of the native runtime (${kind})` : `installing the native runtime (${kind}); this happens once`)
  const failed = await runTelling(node, [compiledEntry, 'runtime', 'install', kind])
  if (failed)
    say(
      `going on ${manifest ? 'with the old ones' : 'without it'}, slower: ${failed} (\`laurel doctor\` tells more, \`laurel runtime install ${kind}\` tries again)`,
    )
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

const failedToday = (path) => Date.now() - Date.parse(readJson(path)?.at) < day

/** The same as in main/runtimes/kernel-sources.ts, without starting all of Laurel to ask. */
export function kernelSourcesHash(folder = join(project, 'main', 'engine', 'process', 'kernels', 'native')) {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}

/** Undefined where the file is missing or damaged. */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
