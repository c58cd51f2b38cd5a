import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { checkDevice, checkTensorFits } from './device-state.ts'
import type { Shader } from './webgpu-shader.ts'
import type { SubgroupMatrix } from './webgpu-subgroup-product.ts'

/**
 * Runs Laurel's shaders among the commands of tfjs's WebGPU backend, on its tensors. tfjs's own way of running a program writes a uniform
 * with all shapes for each dispatch, has one output, and can't store 16-bit values. Here, numbers reach the device once: layers share the
 * buffers of equal numbers.
 */

/** The parts of tfjs's backend class that its types declare private. */
interface Backend {
  readonly device: GPUDevice
  readonly queue: GPUQueue
  readonly bufferManager: { acquireBuffer(size: number, usage: number): GPUBuffer }
  readonly tensorMap: { get(dataId: object): TensorData }
  readonly commandQueueOwnedIds: WeakSet<object>
  readonly uniformPendingDisposal: GPUBuffer[]
  readonly commandEncoder: GPUCommandEncoder
  computePassEncoder: GPUComputePassEncoder | null
  dispatchCountInPass: number
  uploadToGPU(dataId: object): void
  makeTensorInfo(shape: readonly number[], dtype: 'float32' | 'int32'): tf.TensorInfo
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
}

interface TensorData {
  /** Host values, also a copy of those that were read. */
  values: unknown
  resource?: GPUBuffer | null
}

/** Dispatches between submissions: a submission costs more than a dispatch, but disposed tensors stay allocated until it. */
const PER_SUBMISSION = 64

/** Buffers of numbers to keep. A training step has a few dozen sets of numbers, and one for each tensor in its norm. */
const KEPT_NUMBERS = 1024

/** A device's limit on each dimension of a dispatch, which the standard guarantees. */
const PER_DIMENSION = 65_535

interface DeviceState {
  /** What products may use of the device's matrix units. */
  subgroupMatrix: SubgroupMatrix | null
  readonly pipelines: Map<Shader, GPUComputePipeline>
  /** Uniform buffers by content, those used last at the end. */
  readonly numbers: Map<string, GPUBuffer>
}
const states = new WeakMap<Backend, DeviceState>()

export interface Inputs {
  /** The shader's buffers by name. Those that it writes or changes are outputs. */
  readonly buffers: Readonly<Record<string, Tensor>>
  readonly numbers?: Readonly<Record<string, number>>
  /** Number of workgroups. Nothing is dispatched for zero. */
  readonly groups: number
}

/** Append a shader to the current commands. */
export function dispatch(shader: Shader, { buffers, numbers = {}, groups }: Inputs): void {
  if (groups === 0) return
  const backend = tf.backend() as unknown as Backend
  const state = stateOf(backend)
  const pipeline = pipelineOf(backend, state, shader)
  const entries = Object.entries(shader.buffers).map(([name, { access }], binding) => {
    const buffer = bufferOf(backend, buffers[name], access !== 'read')
    return { binding, resource: { buffer } }
  })
  if (Object.keys(shader.numbers).length > 0) {
    entries.push({ binding: entries.length, resource: { buffer: numbersBuffer(backend, state, shader, numbers) } })
  }
  const group = backend.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  backend.ensureCommandEncoderReady()
  backend.computePassEncoder ??= backend.commandEncoder.beginComputePass({})
  backend.computePassEncoder.setPipeline(pipeline)
  backend.computePassEncoder.setBindGroup(0, group)
  backend.computePassEncoder.dispatchWorkgroups(Math.min(groups, PER_DIMENSION), Math.ceil(groups / PER_DIMENSION))
  backend.dispatchCountInPass++
  if (backend.dispatchCountInPass >= PER_SUBMISSION) submit(backend)
}

/** Submit the commands so far, so that the tensors that were disposed since are free. */
export const submitCommands = (): void => submit(tf.backend() as unknown as Backend)

function submit(backend: Backend): void {
  backend.endComputePassEncoder()
  backend.submitQueue()
}

/** A tensor on the device for a shader to write, labelled float32 whatever it holds. Its contents are undefined. */
export function outputTensor(shape: readonly number[], precision: Precision = 'float32'): Tensor {
  const backend = tf.backend() as unknown as Backend
  const info = backend.makeTensorInfo(shape, 'float32')
  const size = sizeOf(shape)
  const data = backend.tensorMap.get(info.dataId)
  if (size === 0) data.values = new Float32Array()
  else if (precision === 'bfloat16') data.resource = halvesBuffer(backend, shape)
  return tf.engine().makeTensorFromTensorInfo(info)
}

/** An int32 tensor on the device for a shader to write. Its contents are undefined. */
export const outputIds = (shape: readonly number[]): Tensor =>
  tf.engine().makeTensorFromTensorInfo((tf.backend() as unknown as Backend).makeTensorInfo(shape, 'int32'))

/** Workgroups that give each of `count` items a thread. */
export const groupsFor = (count: number, threads: number): number => Math.ceil(count / threads)

/** Pairs of values, as the shaders write them. */
export const pairsOf = (count: number): number => Math.ceil(count / 2)

/** Bytes of workgroup memory that a shader of the current backend may use. */
export const workgroupMemory = (): number => (tf.backend() as unknown as Backend).device.limits.maxComputeWorkgroupStorageSize

/** What products may use of the current backend's matrix units; null if nothing. */
export const subgroupMatrix = (): SubgroupMatrix | null => currentState().subgroupMatrix

export function useSubgroupMatrix(matrix: SubgroupMatrix | null): void {
  currentState().subgroupMatrix = matrix
}

/**
 * The result of work that may use what the current device's driver doesn't support; null if the work fails, and errors that the device reports in it
 * aren't failures of the device. Throws if the device is lost.
 */
export async function unlessRefused<T>(work: () => Promise<T>): Promise<T | null> {
  const { device } = tf.backend() as unknown as Backend
  const scopes = ['validation', 'internal'] as const
  for (const scope of scopes) device.pushErrorScope(scope)
  const [outcome] = await Promise.allSettled([work()])
  const errors = await Promise.all(scopes.map(() => device.popErrorScope().catch(() => null))) // a lost device has no scopes
  checkDevice()
  return outcome.status === 'fulfilled' && errors.every((error) => error === null) ? outcome.value : null
}

const currentState = (): DeviceState => stateOf(tf.backend() as unknown as Backend)

function halvesBuffer({ bufferManager }: Backend, shape: readonly number[]): GPUBuffer {
  checkTensorFits(shape, 2)
  return bufferManager.acquireBuffer(4 * pairsOf(sizeOf(shape)), GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST)
}

function bufferOf(backend: Backend, { dataId }: Tensor, isOutput: boolean): GPUBuffer {
  backend.uploadToGPU(dataId)
  backend.commandQueueOwnedIds.add(dataId) // freed only after these commands are submitted
  const data = backend.tensorMap.get(dataId)
  if (isOutput) data.values = null
  return data.resource!
}

function stateOf(backend: Backend): DeviceState {
  let state = states.get(backend)
  if (!state) {
    state = { subgroupMatrix: null, pipelines: new Map(), numbers: new Map() }
    states.set(backend, state)
  }
  return state
}

function pipelineOf({ device }: Backend, { pipelines }: DeviceState, shader: Shader): GPUComputePipeline {
  let pipeline = pipelines.get(shader)
  if (!pipeline) {
    const module = device.createShaderModule({ label: shader.name, code: shader.code })
    const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries: bindingsOf(shader) })] })
    pipeline = device.createComputePipeline({ label: shader.name, layout, compute: { module, entryPoint: 'main' } })
    pipelines.set(shader, pipeline)
  }
  return pipeline
}

function bindingsOf({ buffers, numbers }: Shader): GPUBindGroupLayoutEntry[] {
  const types = Object.values(buffers).map(({ access }): GPUBufferBindingType => (access === 'read' ? 'read-only-storage' : 'storage'))
  if (Object.keys(numbers).length > 0) types.push('uniform')
  return types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }))
}

function numbersBuffer(backend: Backend, { numbers: kept }: DeviceState, shader: Shader, numbers: Readonly<Record<string, number>>) {
  const fields = Object.entries(shader.numbers)
  const view = new DataView(new ArrayBuffer(16 * Math.ceil(fields.length / 4)))
  fields.forEach(([name, type], i) => {
    if (type === 'u32') view.setUint32(4 * i, numbers[name], true)
    else view.setFloat32(4 * i, numbers[name], true)
  })
  const key = Buffer.from(view.buffer).toString('base64')
  const known = kept.get(key)
  const buffer = known ?? backend.bufferManager.acquireBuffer(view.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
  if (!known) backend.queue.writeBuffer(buffer, 0, view.buffer)
  kept.delete(key)
  kept.set(key, buffer)
  if (kept.size > KEPT_NUMBERS) {
    const [oldest, itsBuffer] = kept.entries().next().value!
    kept.delete(oldest)
    backend.uniformPendingDisposal.push(itsBuffer)
  }
  return buffer
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
