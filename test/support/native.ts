import * as tf from '@tensorflow/tfjs'
import { homeFolder } from '../../main/common/home.ts'
import { startBackend } from '../../main/engine/process/backend/start-backend.ts'
import { findRuntime } from '../../main/runtimes/find.ts'

const runtime = findRuntime(homeFolder())

/** Whether a runtime pack is installed. Where none is, the tests that need TensorFlow are skipped, and this says so. */
export const hasNative = runtime !== null

/** For `beforeAll`: TensorFlow on two threads. Only one file per process may call this, which is how the runner is set up. */
export async function useNativeBackend(): Promise<void> {
  await startBackend({ backend: 'tensorflow', precision: 'bfloat16', threads: 2, runtimeFolder: runtime?.folder ?? null })
}

/** For `beforeAll`: tfjs's plain JavaScript backend, present everywhere. */
export async function usePlainBackend(): Promise<void> {
  await tf.setBackend('cpu')
}

/** For `beforeAll`: WebAssembly, which every Node has. */
export async function useWasmBackend(): Promise<void> {
  await startBackend({ backend: 'wasm', precision: 'float32', runtimeFolder: null })
}
