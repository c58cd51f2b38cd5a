import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../../common/errors.ts'

/**
 * WebGPU outside a browser, by Dawn: any vendor's GPU that has a Vulkan, Metal or Direct3D 12 driver.
 *
 * tfjs registers its backend only where it sees a browser, so the device is asked for here and handed over. Dawn's
 * object must outlive its devices: were it collected, the process would crash.
 */
let dawn: GPU | undefined

export async function startWebgpu() {
  checkLoader()
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  dawn ??= create([])
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new LaurelError('RUNTIME_MISSING', 'no GPU with a working driver was found', 'Install a Vulkan driver for the GPU.')
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu')
  Object.defineProperty(navigator, 'gpu', { value: dawn, configurable: true }) // only now: loading the package with it set makes it register a backend of its own
  const backend = await deviceBackend()
  tf.registerBackend('webgpu', () => backend)
  if (!(await tf.setBackend('webgpu'))) throw didNotStart()

  async function deviceBackend() {
    try {
      return new WebGPUBackend(await adapter!.requestDevice(deviceNeeds(adapter!)), adapter!.info)
    } catch (cause) {
      throw didNotStart(cause)
    }
  }
  return { version: tf.version_core, device: deviceName(adapter), threads: 1 }
}

const didNotStart = (cause?: unknown): LaurelError =>
  new LaurelError('RUNTIME_MISSING', `WebGPU did not start${cause ? `: ${cause}` : ''}`, 'Use another --backend.', { cause })

/** Dawn complains at length on stderr where the system has no Vulkan at all, so look first. */
function checkLoader(): void {
  if (process.platform !== 'linux') return
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1')
  } catch (error) {
    // Where it is found, Node says that it is no addon, which is as it should be.
    if (!(error as Error).message.includes('cannot open shared object file')) return
    throw new LaurelError('RUNTIME_MISSING', 'no Vulkan library (libvulkan.so.1) was found', 'Install the driver of the GPU and Vulkan.')
  }
}

/** As much as the adapter gives of what the kernels ask for: the defaults of the standard are too small for a language model. */
function deviceNeeds({ limits, features }: GPUAdapter): GPUDeviceDescriptor {
  return {
    requiredFeatures: features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: {
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  }
}

const deviceName = ({ info }: GPUAdapter): string => info.description || info.device || info.vendor || 'GPU'
