import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../shared/errors.ts'
import { useMatrixUnits } from './matrix-units.ts'
import { deviceNeeds, deviceOf, requestAdapter } from './webgpu-adapter.ts'
import { checkedBackend } from './webgpu-device.ts'
import { usableMatrix } from './webgpu-subgroup-product.ts'

/**
 * WebGPU outside a browser, through Dawn: any GPU with a Vulkan, Metal or Direct3D 12 driver. tfjs registers its backend only in browsers, so
 * request the device here and pass it in. Throws RUNTIME_MISSING if it doesn't start.
 */
export async function startWebgpu() {
  const { gpu, adapter } = await requestAdapter()
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu')
  // after loading the package, which would otherwise register its own backend
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true })
  const { name, isSoftware } = deviceOf(adapter.info)
  const backend = await deviceBackend()
  tf.registerBackend('webgpu', () => backend)
  if (!(await tf.setBackend('webgpu'))) throw didNotStart()
  if (!isSoftware) await useMatrixUnits(usableMatrix(adapter))

  async function deviceBackend() {
    try {
      return checkedBackend(WebGPUBackend, await adapter.requestDevice(deviceNeeds(adapter)), adapter.info, name)
    } catch (cause) {
      throw didNotStart(cause)
    }
  }
  const notice = isSoftware ? `${name} is a processor in place of a GPU, and very slow` : undefined
  return { version: tf.version_core, device: name, threads: 1, notice }
}

const didNotStart = (cause?: unknown): LaurelError =>
  new LaurelError('RUNTIME_MISSING', `couldn't start WebGPU${cause ? `: ${cause}` : ''}`, 'Choose another --backend.', { cause })
