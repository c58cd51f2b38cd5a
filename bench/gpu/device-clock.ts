import * as tf from '@tensorflow/tfjs-core'
import { median } from '../../main/common/numbers.ts'
import type { GpuSizes } from './gpu-sizes.ts'

/** Parts of tfjs's WebGPU backend that its types declare private. */
export interface WebgpuCommands {
  readonly device: GPUDevice
  readonly commandEncoder: GPUCommandEncoder | null
  readonly dispatchCountInPass: number
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
}

/** tfjs submits its own operations after 15 dispatches. */
const MOST_DISPATCHES = 14

/**
 * Microseconds of a call by the device's own clock: the median of several rounds of calls that reach it in one submission, so that it never
 * waits for the host. `seconds`: of a call by the host's clock. Undefined where there is no such clock, or if a call alone is more than a
 * submission.
 */
export async function deviceMicros(work: () => unknown, seconds: number, timing: GpuSizes['timing']): Promise<number | undefined> {
  if (tf.getBackend() !== 'webgpu') return undefined
  const backend = tf.backend() as unknown as WebgpuCommands
  const { device } = backend
  if (!device.features.has('timestamp-query')) return undefined
  const once = (): unknown => tf.tidy(() => void work())
  submitAll(backend)
  once()
  const dispatches = backend.dispatchCountInPass
  submitAll(backend)
  if (dispatches === 0 || dispatches > MOST_DISPATCHES) return undefined
  const calls = Math.min(Math.floor(MOST_DISPATCHES / dispatches), Math.ceil(timing.kernelSeconds / seconds))

  const times = device.createQuerySet({ type: 'timestamp', count: 2 })
  const resolved = device.createBuffer({ size: 16, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC })
  const read = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  try {
    const micros: number[] = []
    for (let i = 0; i < timing.rounds; i++) micros.push((await spanOf(calls)) / calls / 1e3)
    return median(micros)
  } finally {
    times.destroy()
    resolved.destroy()
    read.destroy()
  }

  /** Nanoseconds. */
  async function spanOf(count: number): Promise<number> {
    mark(0)
    for (let i = 0; i < count; i++) once()
    backend.endComputePassEncoder()
    mark(1)
    const encoder = backend.commandEncoder!
    encoder.resolveQuerySet(times, 0, 2, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, read, 0, 16)
    backend.submitQueue()
    await read.mapAsync(GPUMapMode.READ)
    const [start, end] = new BigInt64Array(read.getMappedRange())
    read.unmap()
    return Number(end - start)
  }

  /** An empty pass whose end is written down: commands of one submission begin after those before them that they depend on. */
  function mark(index: number): void {
    backend.ensureCommandEncoderReady()
    backend.commandEncoder!.beginComputePass({ timestampWrites: { querySet: times, endOfPassWriteIndex: index } }).end()
  }
}

/** Give what is queued to the device, without waiting. */
export function submitAll(backend: Pick<WebgpuCommands, 'ensureCommandEncoderReady' | 'endComputePassEncoder' | 'submitQueue'>): void {
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  backend.submitQueue()
}
