import { createRequire, registerHooks } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { RuntimeKind } from '../../shared/enums.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { NativeBinding } from './binding-types.ts'

/**
 * TensorFlow as a tfjs backend, from a runtime pack: a folder with the binding and the libraries it was compiled against. The npm package's
 * own entry point isn't used because it requires the library inside the package.
 */

const packageName = '@tensorflow/tfjs-node-gpu'

interface NativeOptions {
  /** The pack's binding folder. */
  readonly folder: string
  /** Threads per operation; undefined: one per processor. */
  readonly threads?: number
}

interface NativeBackendInfo {
  readonly version: string
  readonly usesGpu: boolean
}

type BackendConstructor = new (binding: NativeBinding, name: string) => KernelBackend

/**
 * Load the pack and make it tfjs's current backend, 'tensorflow'. Call once per process: the library keeps its threads and memory until the
 * process ends. Throws RUNTIME_MISSING with the loader's message if loading fails.
 */
export async function startNative({ folder, threads }: NativeOptions): Promise<NativeBackendInfo> {
  const binding = loadBinding(folder, threads)
  // The backend's constructor queries the library's device, so a broken driver fails here.
  if (!(await useBinding(binding))) {
    throw new LaurelError('RUNTIME_MISSING', `${folder}: couldn't start TensorFlow`, 'Run `laurel doctor` to see what is wrong.')
  }
  return { version: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() }
}

/** Make a loaded binding (or a stand-in) tfjs's current backend. Returns whether it started. */
export function useBinding(binding: NativeBinding): Promise<boolean> {
  registerKernels(binding)
  return tf.setBackend('tensorflow')
}

function loadBinding(folder: string, threads?: number): NativeBinding {
  setEnvironment(threads)
  const path = join(folder, 'tfjs_binding.node')
  try {
    return createRequire(import.meta.url)(path) as NativeBinding
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    throw new LaurelError(
      'RUNTIME_MISSING',
      `couldn't load ${path}: ${reason}`,
      `Reinstall it: \`laurel runtime install ${kindOf(folder)}\`.`,
      {
        cause: error,
      },
    )
  }
}

/** The pack's kind, which names its folder in the data folder: `runtimes/cuda/tensorflow`. */
const kindOf = (folder: string): RuntimeKind => (/[\\/]runtimes[\\/]cuda\b/.test(folder) ? 'cuda' : 'cpu')

/** The library reads these once, while loading. The user's own settings take precedence, except over requested threads. */
function setEnvironment(threads?: number): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2' // errors only
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true' // otherwise it takes the whole GPU immediately, display included
  process.env.NVIDIA_TF32_OVERRIDE ??= '0' // GPUs since Ampere would round float32 factors to 10 bits
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads)
    process.env.OMP_NUM_THREADS = String(threads)
  }
}

function registerKernels(binding: NativeBinding): void {
  addRemovedUtilities()
  const require = createRequire(import.meta.url)
  const umbrella = useCoreInPlaceOfUmbrella()
  try {
    const { NodeJSKernelBackend } = require(`${packageName}/dist/nodejs_kernel_backend.js`) as { NodeJSKernelBackend: BackendConstructor }
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, packageName))
    require(`${packageName}/dist/register_all_kernels.js`)
  } finally {
    umbrella.deregister()
  }
}

/**
 * The package imports all of tfjs (7 MB of layers, converters, and backends) for what tfjs-core has. Only its Prelu and its histograms would
 * miss the methods that tfjs adds to tensors; Laurel uses neither.
 */
const useCoreInPlaceOfUmbrella = () =>
  registerHooks({ resolve: (name, context, next) => next(name === '@tensorflow/tfjs' ? '@tensorflow/tfjs-core' : name, context) })

/** Restore two utilities that Node 23 removed and the package calls. */
function addRemovedUtilities(): void {
  const legacy = util as unknown as Record<string, unknown>
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  legacy.isArray ??= Array.isArray
}
