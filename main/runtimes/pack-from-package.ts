import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { onDisk } from '../common/file-identity.ts'
import { nodeProgram } from '../common/node-program.ts'
import { runCommand } from './command.ts'
import type { PackContents, PackOrder } from './pack-files.ts'

const longestMinutes = 20

/**
 * A pack from the npm package's own install script: TensorFlow 2.9.1 with a prebuilt binding. It is older, slower, and supports GPUs up to
 * CUDA 11.2 only, but needs neither Python nor a compiler. The script runs on a copy of the package because it modifies its package.json.
 */
export async function packFromPackage({ home, kind, folder, report }: PackOrder): Promise<PackContents> {
  const node = nodeProgram(home)
  if (node === undefined) throw new Error("the npm package's own download needs Node")
  report("trying the npm package's own download (TensorFlow 2.9.1)")
  const original = onDisk(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json')))
  const modules = dirname(dirname(original))
  const copy = join(folder, 'package')
  mkdirSync(copy)
  for (const part of ['package.json', 'binding.gyp', 'binding', 'scripts'])
    cpSync(join(original, part), join(copy, part), { recursive: true })
  const env = { ...process.env, NODE_NO_WARNINGS: '1', NODE_PATH: modules, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH}` }
  const script = ['scripts/install.js', kind === 'cuda' ? 'gpu' : 'cpu', 'download']
  await runCommand(node, script, { cwd: copy, env, timeoutSeconds: longestMinutes * 60 }).catch((error: Error) => {
    throw new Error(`the npm package's own download failed (${error.message})`, { cause: error })
  })

  // The binding looks for its libraries in ../../deps/lib, so keep that layout.
  const binding = findBinding(copy)
  for (const part of ['lib', 'deps']) cpSync(join(copy, part), join(folder, part), { recursive: true, verbatimSymlinks: true })
  rmSync(copy, { recursive: true })
  return { source: 'package', wheels: [], binding, kernels: null }
}

/** The script reports success even if a download failed, so check its output files. */
function findBinding(copy: string): string {
  const lib = join(copy, 'lib')
  const versions = existsSync(lib) ? readdirSync(lib) : []
  const binding = versions.map((version) => join('lib', version, 'tfjs_binding.node')).find((path) => existsSync(join(copy, path)))
  if (!binding) throw new Error("the npm package's download contains no binding")
  return binding
}
