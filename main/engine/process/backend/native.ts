import { createRequire } from 'node:module'
import { join } from 'node:path'
import util from 'node:util'
import type { KernelBackend } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../../common/errors.ts'
import type { NativeBinding } from './binding-types.ts'

/**
 * TensorFlow as a tfjs backend, from a runtime pack: a folder with the binding and the libraries it was compiled
 * against. The npm package's own entry point is not used: it insists on a library inside the package.
 */

const packageName = '@tensorflow/tfjs-node-gpu'

export interface NativeOptions {
  /** The pack's folder. */
  readonly folder: string
  /** Threads within one operation; undefined: one for each processor. */
  readonly threads?: number
}

export interface NativeBackendInfo {
  readonly version: string
  readonly usesGpu: boolean
}

type BackendConstructor = new (binding: NativeBinding, name: string) => KernelBackend

/**
 * Load the pack and make it tfjs's current backend, 'tensorflow'. Once per process: the library keeps its threads and
 * its memory until the process ends. Throws RUNTIME_MISSING with the loader's own words where it does not load.
 */
export async function startNative({ folder, threads }: NativeOptions): Promise<NativeBackendInfo> {
  const binding = loadBinding(folder, threads)
  registerKernels(binding)
  // The constructor of the backend asks for the library's device, so this is where a broken driver shows.
  if (!(await tf.setBackend('tensorflow'))) {
    throw new LaurelError('RUNTIME_MISSING', `${folder}: TensorFlow did not start`, 'Run `laurel doctor` to see what is wrong.')
  }
  return { version: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() }
}

function loadBinding(folder: string, threads?: number): NativeBinding {
  setEnvironment(threads)
  const path = join(folder, 'tfjs_binding.node')
  try {
    return createRequire(import.meta.url)(path) as NativeBinding
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    throw new LaurelError('RUNTIME_MISSING', `${path} does not load: ${reason}`, 'Install it anew: `laurel runtime install cpu`.', {
      cause: error,
    })
  }
}

/** The library reads these once, while it loads. What the person has set stands, but for the threads that were asked for. */
function setEnvironment(threads?: number): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2' // errors only
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true' // else it takes the whole GPU at once, display included
  if (threads !== undefined) {
    process.env.TF_NUM_INTRAOP_THREADS = String(threads)
    process.env.OMP_NUM_THREADS = String(threads)
  }
}

function registerKernels(binding: NativeBinding): void {
  addRemovedUtilities()
  const require = createRequire(import.meta.url)
  const { NodeJSKernelBackend } = require(`${packageName}/dist/nodejs_kernel_backend.js`) as { NodeJSKernelBackend: BackendConstructor }
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, packageName))
  require(`${packageName}/dist/register_all_kernels.js`)
}

/** The package calls two functions that Node 23 took away. */
function addRemovedUtilities(): void {
  const legacy = util as unknown as Record<string, unknown>
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  legacy.isArray ??= Array.isArray
}
