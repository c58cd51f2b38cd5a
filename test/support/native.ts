import { homeFolder } from '../../main/common/home.ts'
import { startCpu } from '../../main/engine/backends/plain-backend.ts'
import { startBackend } from '../../main/engine/backends/start-backend.ts'
import { findRuntime } from '../../main/runtimes/find.ts'

const runtime = findRuntime(homeFolder())

/** Whether a runtime pack is installed. If not, tests that need TensorFlow are skipped. */
export const hasNative = runtime !== null

/** For `beforeAll`: TensorFlow with two threads. Only one file per process may call this; the runner is configured accordingly. */
export async function useNativeBackend(): Promise<void> {
  await startBackend({ backend: 'tensorflow', precision: 'bfloat16', threads: 2, runtimeFolder: runtime?.folder ?? null })
}

/** For `beforeAll`: tfjs's plain JavaScript backend, which is always available. */
export async function usePlainBackend(): Promise<void> {
  await startCpu()
}

/** For `beforeAll`: WebAssembly, which is available in every Node. */
export async function useWasmBackend(): Promise<void> {
  await startBackend({ backend: 'wasm', precision: 'float32', runtimeFolder: null })
}
