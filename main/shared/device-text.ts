import type { Examination } from './contract/doctor-contract.ts'

/** This machine's GPUs in one line: those that NVIDIA's driver lists, and the one that WebGPU reaches. Undefined: WebGPU wasn't asked. */
export function gpuText(gpus: Examination['gpus'], webgpuDevice: string | null | undefined): string {
  const isReached = (name: string): boolean => webgpuDevice?.includes(name) ?? false
  const listed = gpus.map(({ name, memory_gb, driver, tensorflow }) => {
    const uses = [...(tensorflow ? ['for TensorFlow'] : ['not for TensorFlow']), ...(isReached(name) ? ['for WebGPU'] : [])]
    return `${name}, ${memory_gb} GB, driver ${driver} (${uses.join(', ')})`
  })
  const others = webgpuDevice && !gpus.some(({ name }) => isReached(name)) ? [`${webgpuDevice} (for WebGPU)`] : []
  return [...listed, ...others].join('; ') || (webgpuDevice === undefined ? 'none (NVIDIA)' : 'none')
}

/** How to get the driver that WebGPU needs on this platform. */
export function driverRemedy(platform: string): string {
  if (platform === 'win32') return "Install the GPU's newest driver: WebGPU needs Direct3D 12."
  if (platform === 'darwin') return 'Update macOS: WebGPU needs Metal.'
  return "Install the GPU's Vulkan driver."
}

/** Processor threads in words. */
export const threadsText = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`)
