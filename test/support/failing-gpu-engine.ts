import * as tf from '@tensorflow/tfjs-core'
import { startPulse } from '../../main/engine/backends/pulse.ts'
import { startBackend } from '../../main/engine/backends/start-backend.ts'
import { serve } from '../../main/engine/process/engine-server.ts'
import { endAfterFailure, parentTransport } from '../../main/engine/process/transport.ts'
import { fakeNumerics } from './fake-numerics.ts'
import { webgpuBackend } from './software-adapter.ts'

/** An engine process on a software adapter. Loading a model of some names makes the device fail in the middle of the work. */
const transport = parentTransport()!
const numerics = fakeNumerics()

startPulse()
transport.onClose(() => process.exit())

const faults: Readonly<Record<string, () => void>> = {
  // a binding beyond the limit, below the guard of the backend
  'over-limit': () => void webgpuBackend().bufferManager.acquireBuffer(2 ** 31, GPUBufferUsage.STORAGE),
  destroyed: () => webgpuBackend().device.destroy(),
  unanswered: () => webgpuBackend().device.destroy(),
  'out-of-memory'() {
    // SwiftShader takes the machine's memory, so the event is a stand-in
    const error = new GPUOutOfMemoryError('Buffer allocation failed.\n - While calling CreateBuffer')
    webgpuBackend().device.onuncapturederror!({ error } as unknown as GPUUncapturedErrorEvent)
  },
}

serve({
  transport,
  startBackend: () => startBackend({ backend: 'webgpu', precision: 'float32', runtimeFolder: null }),
  onShutdown: () => process.exit(),
  onFailure: endAfterFailure,
  numerics: {
    ...numerics,
    async loadModel(path, precision) {
      const x = tf.ones([8, 8])
      faults[path]?.()
      if (path === 'unanswered') await new Promise(() => {}) // a driver that never calls back
      const [sum] = await tf.sum(tf.matMul(x, x)).data()
      if (sum !== 512) throw new Error(`the sum is ${sum}`)
      return numerics.loadModel(path, precision)
    },
  },
})
