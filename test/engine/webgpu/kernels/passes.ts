import * as tf from '@tensorflow/tfjs-core'
import { webgpuBackend } from '../../../support/software-adapter.ts'

/** Run work on WebGPU, and change each of its compute passes before it has commands. */
export async function withPasses<T>(change: (pass: GPUComputePassEncoder) => void, work: () => Promise<T>): Promise<T> {
  await tf.setBackend('webgpu')
  const { device } = webgpuBackend()
  const encode = device.createCommandEncoder.bind(device)
  device.createCommandEncoder = (...args) => {
    const encoder = encode(...args)
    const begin = encoder.beginComputePass.bind(encoder)
    encoder.beginComputePass = (...descriptor) => {
      const pass = begin(...descriptor)
      change(pass)
      return pass
    }
    return encoder
  }
  try {
    return await work()
  } finally {
    device.createCommandEncoder = encode
  }
}

/** Calls the listener with each pipeline's label. */
export function onPipeline(pass: GPUComputePassEncoder, listener: (label: string) => void): void {
  const set = pass.setPipeline.bind(pass)
  pass.setPipeline = (pipeline) => {
    listener(pipeline.label)
    set(pipeline)
  }
}

/** Shaders whose workgroups fit in a dimension of a dispatch, whatever they compute. */
const alwaysFew = new Set(['piece-squares', 'sum-of-all'])

/**
 * Laurel's shaders have twice the workgroups, as if they spanned two dimensions of a dispatch, for which most tensors of a test are too small.
 * The surplus must change nothing.
 */
export const withSurplusGroups = <T>(work: () => Promise<T>): Promise<T> =>
  withPasses((pass) => {
    let shader = ''
    onPipeline(pass, (label) => {
      shader = label
    })
    const dispatch = pass.dispatchWorkgroups.bind(pass)
    pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
      const isOurs = /^[a-z]/.test(shader) // tfjs's are named after classes
      dispatch(x, isOurs && !alwaysFew.has(shader) && y === 1 ? 2 : y, z)
    }
  }, work)
