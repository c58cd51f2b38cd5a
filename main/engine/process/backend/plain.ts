import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'

/** The backends that need nothing but Node: for the demo model, for unit tests, and where nothing faster can be had. */

/** WebAssembly. One thread: the threaded build starts its threads as browser workers, which Node does not have. */
export async function startWasm() {
  const { setThreadsCount, setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm')
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(join(dirname(entry), '/'))
  setThreadsCount(1)
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly did not start')
  return { version, device: 'CPU', threads: 1 }
}

/** Plain JavaScript. */
export async function startCpu() {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu')
  if (!(await tf.setBackend('cpu'))) throw new Error('the JavaScript backend did not start')
  return { version, device: 'CPU', threads: 1 }
}
