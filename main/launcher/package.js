import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { homeFolder, project, say } from './places.js'
import { handOver } from './run.js'
import { kernelSourcesHash } from './runtime-pack.js'

const builder = join(project, 'node_modules', 'electron-builder', 'cli.js')
const output = join(project, 'dist')

/** `laurel package ARGS`: build this platform's installers in `dist` (arguments go to electron-builder) and print their sizes. */
export async function packageApplication(node, args) {
  takeBinding()
  const code = await handOver(node, [builder, '--publish', 'never', ...args], { cwd: project })
  if (code === 0) for (const line of sizesOf(output)) process.stdout.write(`${line}\n`)
  return code
}

/**
 * Include the native binding of this machine's cpu pack (build/runtime), so that users need no compiler, but only if it was compiled from the
 * current kernels. The library itself (680 MB) isn't included: it is downloaded on the user's machine.
 */
export function takeBinding(home = homeFolder(), build = join(project, 'build')) {
  const target = join(build, 'runtime', `${process.platform}-${process.arch}`)
  rmSync(target, { recursive: true, force: true })
  const pack = join(home, 'runtimes', 'cpu')
  const manifest = existsSync(join(pack, 'manifest.json')) ? JSON.parse(readFileSync(join(pack, 'manifest.json'), 'utf8')) : undefined
  if (manifest?.source !== 'wheel' || !manifest.kernels?.compiled || manifest.kernels.sources !== kernelSourcesHash()) {
    say('no prebuilt binding included (`laurel runtime install cpu` creates one): it will be compiled on the user’s machine')
    return
  }
  mkdirSync(target, { recursive: true })
  copyFileSync(join(pack, manifest.binding), join(target, 'tfjs_binding.node'))
  writeFileSync(join(target, 'binding.json'), JSON.stringify({ tensorflow: manifest.tensorflow, kernels: manifest.kernels }))
}

/** The sizes of the installers and of the application's own files in them, in MB. */
export function sizesOf(folder) {
  const lines = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isFile() && /\.(deb|AppImage|exe|dmg|zip)$/.test(entry.name)) lines.push(size(path, statSync(path).size))
    if (!entry.isDirectory() || !entry.name.endsWith('unpacked')) continue
    lines.push(size(path, bytesOf(path)))
    for (const part of ['app.asar', 'app.asar.unpacked']) {
      const inside = join(path, 'resources', part)
      if (existsSync(inside)) lines.push(size(inside, bytesOf(inside)))
    }
  }
  return lines
}

const size = (path, bytes) => `${(bytes / 1e6).toFixed(1).padStart(8)} MB  ${relative(project, path)}`

function bytesOf(path) {
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
