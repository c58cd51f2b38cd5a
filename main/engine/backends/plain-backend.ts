import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'

/** Backends that need only Node: for the demo model, unit tests, and machines without anything faster. */

/** WebAssembly, single-threaded: the threaded build needs browser workers, which Node doesn't have. */
export async function startWasm() {
  const { setThreadsCount, setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm')
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(join(dirname(entry), '/'))
  setThreadsCount(1)
  if (!(await tf.setBackend('wasm'))) throw new Error("couldn't start WebAssembly")
  return { version, device: 'CPU', threads: 1 }
}

/** Plain JavaScript. */
export async function startCpu() {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu')
  if (!(await tf.setBackend('cpu'))) throw new Error("couldn't start the JavaScript backend")
  return { version, device: 'CPU', threads: 1 }
}
