import { bytesText } from '../../common/numbers.ts'
import { LaurelError } from '../../shared/errors.ts'
import { checkDevice, checkTensorFits, failDevice, limitTensors, smallerWork } from './device-state.ts'
import { WebgpuBuffers } from './webgpu-buffers.ts'

type Backend = InstanceType<BackendClass>
type BackendClass = typeof import('@tensorflow/tfjs-backend-webgpu')['WebGPUBackend']

/** Bytes of freed buffers to keep for reuse: about the transient tensors of a training step of a small model. */
export const KEPT_BYTES = 2 ** 30

/**
 * tfjs's backend on a device whose errors end the work. WebGPU reports errors besides the results: after one, tensors hold zeros, and reading
 * them succeeds. So every read checks for errors that came before it; a tensor that is too large is refused before it is created; and once
 * the device has failed, so does everything else in this process (`device-state.ts`).
 */
export function checkedBackend(
  WebGPUBackend: BackendClass,
  device: GPUDevice,
  adapter: GPUAdapterInfo,
  name: string,
  keptBytes = KEPT_BYTES,
): Backend {
  const buffers = new WebgpuBuffers(device, keptBytes)
  let closing = false

  class CheckedBackend extends WebGPUBackend {
    constructor() {
      super(device, adapter)
      this.bufferManager = buffers as unknown as Backend['bufferManager'] // the same interface, but for private fields
    }

    override uploadToGPU(dataId: object): void {
      const { resource, shape } = this.tensorMap.get(dataId)
      if (resource == null) checkTensorFits(shape)
      super.uploadToGPU(dataId)
    }

    override submitQueue(): void {
      super.submitQueue()
      ;(this.bufferManager as unknown as WebgpuBuffers).trim()
    }

    override async read(dataId: object): ReturnType<Backend['read']> {
      checkDevice()
      try {
        const values = await super.read(dataId)
        checkDevice()
        return values
      } catch (error) {
        await new Promise(setImmediate) // a lost device rejects reads before it says why
        checkDevice()
        throw error
      }
    }

    override dispose(): void {
      closing = true
      super.dispose()
      device.destroy()
      limitTensors('', Number.POSITIVE_INFINITY)
    }
  }

  limitTensors(name, Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize))
  device.onuncapturederror = ({ error }) => failDevice(asFailure(error, name, buffers.numBytesAllocated))
  void device.lost.then(({ reason, message }) => {
    if (!closing) failDevice(lost(name, `${reason}: ${message}`))
  })
  return new CheckedBackend()
}

const again = 'Resume: the work continues in a new engine process.'

const lost = (name: string, reason: string): LaurelError =>
  new LaurelError(
    'ENGINE_LOST',
    `WebGPU lost the device ${name} (${firstLine(reason)})`,
    `${again} If it happens again, update the GPU's driver.`,
  )

function asFailure(error: GPUError, name: string, bytes: number): LaurelError {
  if (error.constructor.name === 'GPUOutOfMemoryError') {
    const message = `${name} is out of memory: Laurel's tensors took ${bytesText(bytes)} of it (${firstLine(error.message)})`
    return new LaurelError('OUT_OF_MEMORY', message, smallerWork)
  }
  const remedy = `${again} If it happens again, choose another --backend and report this as a bug in Laurel.`
  return new LaurelError('ENGINE_LOST', `WebGPU on ${name} refused a command: ${error.message.trim()}`, remedy)
}

const firstLine = (text: string): string => text.trim().split('\n')[0]
