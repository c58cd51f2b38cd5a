import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { startBackend } from '../../main/engine/backends/start-backend.ts'

/** Where Debian's package of Chromium has SwiftShader for Vulkan. */
export const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** For `beforeAll`: WebGPU on SwiftShader, whose tensors and bindings are at most 1 GiB. */
export async function useSoftwareAdapter(): Promise<void> {
  process.env.VK_ICD_FILENAMES = swiftShader
  await startBackend({ backend: 'webgpu', precision: 'float32', runtimeFolder: null })
}

export const webgpuBackend = (): WebGPUBackend => tf.backend() as unknown as WebGPUBackend
