import * as tf from '@tensorflow/tfjs-core'
import { checkedBackend } from '../../main/engine/backends/webgpu-device.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { type DeviceCounts, DryBuffer, DryDevice } from './dry-device.ts'
import type { DryModel } from './dry-models.ts'
import { type DrySizes, decodeStepOn, dpoStepOn, type Figures } from './dry-work.ts'

/** Whose programs run: Laurel's shaders, or tfjs's own operations. */
export type Programs = 'shaders' | 'operations'

/** Make a dry WebGPU device this process's backend. */
export async function startDryWebgpu(programs: Programs): Promise<DryDevice> {
  const { globals } = await import('webgpu')
  Object.assign(globalThis, globals, { GPUBuffer: DryBuffer })
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu')
  Object.defineProperty(navigator, 'gpu', { value: {}, configurable: true }) // tfjs only checks that it is there
  const device = new DryDevice()
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu')
  const info = { vendor: '', architecture: '', device: '', description: 'dry' } as GPUAdapterInfo
  tf.registerBackend('webgpu', () => checkedBackend(WebGPUBackend, device as unknown as GPUDevice, info, 'dry'))
  if (programs === 'operations') process.env.LAUREL_KERNELS = 'none'
  else delete process.env.LAUREL_KERNELS
  await tf.setBackend('webgpu')
  tf.enableProdMode()
  return device
}

export type DeviceFigures = Figures<DeviceCounts>

export async function dryWebgpuDpoStep(
  programs: Programs,
  model: DryModel,
  how: 'full' | 'lora',
  precision: Precision,
  sizes: DrySizes,
): Promise<{ readonly gradients: DeviceFigures; readonly optimizer: DeviceFigures }> {
  return dpoStepOn(await startDryWebgpu(programs), model, how, precision, sizes)
}

export const dryWebgpuDecodeStep = async (
  programs: Programs,
  model: DryModel,
  precision: Precision,
  sizes: DrySizes,
): Promise<DeviceFigures> => decodeStepOn(await startDryWebgpu(programs), model, precision, sizes)
