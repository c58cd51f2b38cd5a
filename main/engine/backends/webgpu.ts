import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../shared/errors.ts'

/**
 * WebGPU outside a browser, through Dawn: any GPU with a Vulkan, Metal or Direct3D 12 driver.
 *
 * tfjs registers its backend only in browsers, so request the device here and pass it in. Dawn's object must outlive its devices: garbage
 * collecting it would crash the process.
 */
let dawn: GPU | undefined

export async function startWebgpu() {
  checkLoader()
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  dawn ??= create([])
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new LaurelError('RUNTIME_MISSING', "couldn't find a GPU with a working driver", 'Install a Vulkan driver for the GPU.')
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu')
  // after loading the package, which would otherwise register its own backend
  Object.defineProperty(navigator, 'gpu', { value: dawn, configurable: true })
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
  new LaurelError('RUNTIME_MISSING', `couldn't start WebGPU${cause ? `: ${cause}` : ''}`, 'Choose another --backend.', { cause })

/** Without Vulkan, Dawn prints long errors to stderr, so check first. */
function checkLoader(): void {
  if (process.platform !== 'linux') return
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1')
  } catch (error) {
    // If the library is found, loading fails with "not an addon", which is expected.
    if (!(error as Error).message.includes('cannot open shared object file')) return
    throw new LaurelError('RUNTIME_MISSING', "couldn't find the Vulkan library (libvulkan.so.1)", 'Install the GPU driver and Vulkan.')
  }
}

/** As much of the kernels' requirements as the adapter has: the standard's default limits are too small for a language model. */
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
