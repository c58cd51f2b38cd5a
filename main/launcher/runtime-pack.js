import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiledEntry, preload, project, say } from './places.js'

const day = 24 * 60 * 60 * 1000

/**
 * Install the native runtime pack if it is missing: cuda if there is an NVIDIA GPU that TensorFlow is built for, otherwise cpu. If Laurel's kernels
 * have changed since then, recompile its binding. A failure is reported in one line and not retried for a day; Laurel then
 * uses the best available backend.
 */
export async function ensureRuntime(home, node) {
  const kind = existsSync('/dev/nvidia0') && cudaServes() ? 'cuda' : 'cpu'
  const folder = join(home, 'runtimes')
  const manifest = readJson(join(folder, kind, 'manifest.json'))
  const isCurrent = manifest && (manifest.source !== 'wheel' || manifest.kernels?.sources === kernelSourcesHash())
  if (isCurrent || failedToday(join(folder, `${kind}.failed.json`))) return
  say(manifest ? `compiling the kernels of the native runtime (${kind})` : `installing the native runtime (${kind}, only once)`)
  const failed = await runTelling(node, [compiledEntry, 'runtime', 'install', kind])
  if (failed)
    say(
      `continuing ${manifest ? 'with the old kernels' : 'without it'}, which is slower: ${failed} (see \`laurel doctor\`, retry with \`laurel runtime install ${kind}\`)`,
    )
}

/** Run the installer, printing its steps; resolves to the reason of a failure, or ''. */
function runTelling(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--import', preload, ...args], { cwd: project, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let reason = ''
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('error: ')) reason = line.slice('error: '.length)
      else if (reason === '') say(line) // the lines after the error are its remedy, for which ensureRuntime has its own text
    })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code === 0 ? '' : reason || (signal ?? `exit code ${code}`)))
  })
}

/**
 * Whether TensorFlow is built for any NVIDIA GPU of this machine; true if an old driver doesn't say. The limits are those of
 * `main/common/nvidia-gpus.ts`, without loading all of Laurel. Only Linux has the device file that is checked before.
 */
export function cudaServes(arch = process.arch) {
  if (arch !== 'x64') return false
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  const capabilities = (stdout ?? '').split('\n').map(Number.parseFloat).filter(Number.isFinite)
  return status !== 0 || capabilities.length === 0 || capabilities.some((capability) => capability >= 6 && capability < 10)
}

const failedToday = (path) => Date.now() - Date.parse(readJson(path)?.at) < day

/** The same as in main/runtimes/kernel-sources.ts, without loading all of Laurel. */
export function kernelSourcesHash(folder = join(project, 'main', 'engine', 'kernels', 'native')) {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}

/** Undefined if the file is missing or damaged. */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
