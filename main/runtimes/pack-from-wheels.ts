import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RuntimeKind } from '../shared/enums.ts'
import { LaurelError } from '../shared/errors.ts'
import { findCompiler } from './compile-binding.ts'
import type { PackContents, PackOrder } from './pack-files.ts'
import { hasPrebuilt, makeBinding } from './prebuilt-binding.ts'
import { discardWheels, extract, extraRequirements, fetchWheel, findPython, type Requirement, type Wheel } from './wheels.ts'

const tensorflow: Record<RuntimeKind, Requirement> = {
  cpu: { name: 'tensorflow-cpu', version: '2.18.1' },
  cuda: { name: 'tensorflow', version: '2.18.1' },
}

const libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2']
/** The subset of the wheel's 10,000 headers that the binding and kernels include. They stay in the pack (1 MB) for recompiling. */
const headers = [
  ...['tensorflow/c/', 'tensorflow/core/common_runtime/next_pluggable_device/c/', 'tensorflow/core/platform/ctstring'],
  ...['tsl/platform/ctstring', 'tsl/platform/platform.h', 'xla/tsl/c/'],
].map((name) => `tensorflow/include/${name}`)

/**
 * A pack from TensorFlow's Python wheel with a binding compiled on this machine. The cuda pack keeps the wheels' layout (`tensorflow/` next
 * to `nvidia/`) because the library finds CUDA relative to itself.
 */
export async function packFromWheels({ home, kind, folder, report }: PackOrder): Promise<PackContents> {
  if (process.platform !== 'linux') {
    throw new LaurelError(
      'UNSUPPORTED',
      'packs can be built from Python wheels on Linux only',
      'Use the package, or choose another backend.',
    )
  }
  const { version } = tensorflow[kind]
  const python = await findPython()
  if (!hasPrebuilt(version)) await findCompiler() // fail before downloading anything
  const downloads = join(home, 'downloads')
  report(`downloading TensorFlow ${version} (${kind === 'cpu' ? '230 MB' : '600 MB'})`)
  const main = await fetchWheel(python, tensorflow[kind], downloads)
  const wheels = [main, ...(kind === 'cuda' ? await fetchCuda(python, main, downloads, report) : [])]

  report('unpacking')
  const place = kind === 'cuda' ? folder : mkdtempSync(join(folder, 'unpacked-'))
  await extract(python, main, place, [...libraries, ...headers])
  for (const wheel of wheels.slice(1)) await extract(python, wheel, folder, ['nvidia/'])

  const unpacked = join(place, 'tensorflow')
  const output = join(unpacked, 'tfjs_binding.node')
  const kernels = await makeBinding({ includes: join(unpacked, 'include'), libraries: unpacked, output, report }, version)
  if (place !== folder) moveUp(unpacked, folder, place)
  discardWheels(wheels)
  return {
    source: 'wheel',
    wheels: wheels.map(({ file, sha256 }) => ({ file, sha256 })),
    binding: kind === 'cuda' ? 'tensorflow/tfjs_binding.node' : 'tfjs_binding.node',
    kernels,
  }
}

/** CUDA libraries in the exact versions that the wheel requires. */
async function fetchCuda(python: string, main: Wheel, downloads: string, report: PackOrder['report']): Promise<Wheel[]> {
  const wheels: Wheel[] = []
  for (const requirement of cudaLibraries(await extraRequirements(python, main, 'and-cuda'))) {
    report(`downloading ${requirement.name} ${requirement.version}`)
    wheels.push(await fetchWheel(python, requirement, downloads))
  }
  return wheels
}

/**
 * The wheels that a pack needs, of those that TensorFlow requires. NCCL (190 MB) is left out: it moves data between GPUs, and TensorFlow's
 * library contains it already, so it never loads the wheel's.
 */
export const cudaLibraries = (required: readonly Requirement[]): Requirement[] =>
  required.filter(({ name }) => !/^nvidia[-_]nccl[-_]/.test(name))

function moveUp(from: string, to: string, rest: string): void {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name))
  rmSync(rest, { recursive: true })
}
