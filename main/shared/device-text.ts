import type { Examination } from './contract/doctor-contract.ts'

/** A GPU's name as words in lower case: WebGPU keeps only the letters and digits of a name, and (R) and (TM) aren't part of it. */
export const plainGpuName = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => !['', 'r', 'tm'].includes(word))
    .join(' ')

/** Whether NVIDIA's and WebGPU's names are of the same card. Old drivers leave out the maker. */
export const isSameGpu = (nvidia: string, webgpu: string): boolean => ` ${plainGpuName(webgpu)}`.endsWith(` ${plainGpuName(nvidia)}`)

/** This machine's GPUs in one line: those that NVIDIA's driver lists, and the one that WebGPU reaches. Undefined: WebGPU wasn't asked. */
export function gpuText(gpus: Examination['gpus'], webgpuDevice: string | null | undefined): string {
  const isReached = (name: string): boolean => typeof webgpuDevice === 'string' && isSameGpu(name, webgpuDevice)
  const listed = gpus.map(({ name, memory_gb, driver, tensorflow }) => {
    const uses = [...(tensorflow ? ['for TensorFlow'] : ['not for TensorFlow']), ...(isReached(name) ? ['for WebGPU'] : [])]
    return [name, ...(memory_gb === null ? [] : [`${memory_gb} GB`]), `driver ${driver} (${uses.join(', ')})`].join(', ')
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
