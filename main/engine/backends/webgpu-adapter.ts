import { existsSync } from 'node:fs'
import { driverRemedy, plainGpuName } from '../../shared/device-text.ts'
import { LaurelError } from '../../shared/errors.ts'

/** Dawn's object must outlive its devices: garbage collecting it would crash the process. */
let dawn: GPU | undefined

/** The faster adapter of this machine. Throws RUNTIME_MISSING without one. */
export async function requestAdapter(): Promise<{ readonly gpu: GPU; readonly adapter: GPUAdapter }> {
  checkLoader()
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  // shows subgroup matrices, which are still an extension; timestamps would be rounded to 65 microseconds, against web pages that spy
  dawn ??= create(['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization'])
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter) return { gpu: dawn, adapter }
  throw new LaurelError('RUNTIME_MISSING', "couldn't find a GPU with a working driver", driverRemedy(process.platform))
}

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

/** A GPU as WebGPU sees it. */
export interface WebgpuDevice {
  /** The card's, in lower case. */
  readonly name: string
  /** The driver and its version, in its own words. */
  readonly driver: string
  /** A processor in the role of a GPU: slower than the processor itself. */
  readonly isSoftware: boolean
}

const softwareAdapters = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i

/** Dawn's `device` is the card, as a normalized identifier; its `description` is the driver. */
export function deviceOf({ description, device, vendor, architecture, isFallbackAdapter }: GPUAdapterInfo): WebgpuDevice {
  const card = plainGpuName(device)
  return {
    name: card || description || vendor || 'GPU',
    driver: description,
    isSoftware: isFallbackAdapter || softwareAdapters.test(`${description} ${card} ${architecture}`),
  }
}

/** The GPU that WebGPU reaches; null without one, or if only a software adapter is there. */
export async function reachableGpu(): Promise<WebgpuDevice | null> {
  if (!mayHaveGpu()) return null
  try {
    const { adapter } = await requestAdapter()
    const device = deviceOf(adapter.info)
    return device.isSoftware ? null : device
  } catch {
    return null
  }
}

/** A cheap check, since loading Dawn and asking drivers takes up to a second. Only Linux has an answer. */
const mayHaveGpu = (): boolean =>
  process.platform !== 'linux' || ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path))

/** For kernels in half precision, and across the lanes of a subgroup. The last is Dawn's name: the standard has none yet. */
const wantedFeatures = ['timestamp-query', 'shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as GPUFeatureName[]

/** Limits that kernels depend on. */
const wantedLimits = [
  ...(['maxBufferSize', 'maxStorageBufferBindingSize', 'maxUniformBufferBindingSize', 'maxStorageBuffersPerShaderStage'] as const),
  ...(['maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupsPerDimension'] as const),
  ...(['maxComputeWorkgroupSizeX', 'maxComputeWorkgroupSizeY', 'maxComputeWorkgroupSizeZ'] as const),
] as const

/** All that the adapter has of it: the standard's default limits are too small for a language model. */
export const deviceNeeds = ({ limits, features }: Pick<GPUAdapter, 'limits' | 'features'>) => ({
  requiredFeatures: wantedFeatures.filter((feature) => features.has(feature)),
  requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, limits[name]])),
})
