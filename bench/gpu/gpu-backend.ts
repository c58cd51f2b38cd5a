import * as tf from '@tensorflow/tfjs-core'
import { homeFolder } from '../../main/common/home.ts'
import { usesGpu } from '../../main/engine/backends/raw-ops.ts'
import { startBackend } from '../../main/engine/backends/start-backend.ts'
import { findRuntime } from '../../main/runtimes/find.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { printLine } from './part-output.ts'

export type GpuBackend = 'webgpu' | 'tensorflow'

/** Something that isn't installed on this machine. */
export class NotInstalled extends Error {}

/** Make a GPU this process's backend. Throws NotInstalled if its library isn't there. */
export async function startGpu(backend: GpuBackend, precision: Precision): Promise<void> {
  const { version } = await startBackend({ backend, precision, runtimeFolder: backend === 'webgpu' ? null : cudaPack() })
  if (backend === 'tensorflow' && !usesGpu()) throw new Error('TensorFlow runs on the processor')
  printLine({ version: [backend === 'webgpu' ? 'tfjs' : 'TensorFlow', version] })
}

function cudaPack(): string {
  const runtime = findRuntime(homeFolder(), true)
  if (runtime?.manifest.kind === 'cuda') return runtime.folder
  throw new NotInstalled("TensorFlow's CUDA pack (laurel runtime install cuda)")
}

/** Parts of the WebGPU backend that tfjs's types declare private. */
interface Buffers {
  readonly numBytesAllocated: number
  acquireBuffer(...args: unknown[]): unknown
}

/** The most bytes of the device's memory that were in use since the last restart; null where the library doesn't say. */
export interface MemoryPeak {
  restart(): void
  readonly bytes: number | null
}

/** Watch the buffers of the current backend, freed ones that it keeps included. */
export function memoryPeak(): MemoryPeak {
  if (tf.getBackend() !== 'webgpu') return { restart: () => {}, bytes: null }
  const buffers = (tf.backend() as unknown as { readonly bufferManager: Buffers }).bufferManager
  const acquire = buffers.acquireBuffer.bind(buffers)
  let most = 0
  const look = (): void => {
    most = Math.max(most, buffers.numBytesAllocated)
  }
  buffers.acquireBuffer = (...args) => {
    const buffer = acquire(...args)
    look()
    return buffer
  }
  return {
    restart() {
      most = 0
      look()
    },
    get bytes() {
      return most
    },
  }
}
