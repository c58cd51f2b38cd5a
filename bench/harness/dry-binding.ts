import type { NativeBinding, RawTensor } from '../../main/engine/backends/binding-types.ts'
import { type DryFunction, portsOf, readFunction } from './dry-function.ts'
import {
  type Attributes,
  bytesInPlace,
  bytesOf,
  bytesRead,
  type DryTensor,
  isOnHost,
  isView,
  outputsOf,
  readsFromHost,
  sizeOf,
  types,
} from './dry-operations.ts'

/** What a piece of work would ask of a GPU. */
export interface DryCounts {
  /** Operations that the host starts: a function counts as one. */
  readonly operations: number
  /** Operations that take place on the device, those of functions included. */
  readonly kernels: number
  /** Copies of host values other than int32 to the device. */
  readonly uploads: number
  /** int32 (and bool) tensors copied between host and device because a kernel expects them on the other side. */
  readonly intCopies: number
  /** Those of them that go back to the host. */
  readonly intCopiesBack: number
  readonly downloads: number
  /** Bytes that the operations read and write on the device. */
  readonly moved: number
}

/** Memory of one or more handles. */
interface Buffer {
  readonly bytes: number
  readonly onHost: boolean
  handles: number
}

interface Handle extends DryTensor {
  readonly buffer: Buffer
  /** Whether a copy exists on the other side; TensorFlow keeps it as long as the handle. */
  isMirrored: boolean
}

/** int32 tensors up to this size may be shapes or axes, so their values are kept. */
const mostKept = 64

/**
 * A stand-in for the native binding that infers shapes instead of computing and counts what a GPU would be asked to do: operations,
 * synchronous copies, bytes, and memory. A synchronous copy makes the host wait until everything queued is finished, so these copies, not
 * the arithmetic, bound a GPU's speed. It says nothing about time, and nothing here has been compared with a GPU.
 */
export class DryBinding implements NativeBinding {
  readonly TF_Version = 'dry'
  readonly TF_ATTR_STRING = 0
  readonly TF_ATTR_INT = 1
  readonly TF_ATTR_FLOAT = 2
  readonly TF_ATTR_BOOL = 3
  readonly TF_ATTR_TYPE = 4
  readonly TF_ATTR_SHAPE = 5
  readonly TF_FLOAT = types.float
  readonly TF_INT32 = types.int32
  readonly TF_INT64 = types.int64
  readonly TF_BOOL = types.bool
  readonly TF_UINT8 = types.uint8
  readonly TF_STRING = types.string
  readonly TF_COMPLEX64 = types.complex64
  readonly TF_RESOURCE = types.resource

  readonly #handles = new Map<number, Handle>()
  readonly #functions = new Map<string, { readonly graph: DryFunction; readonly constants: ReadonlyMap<string, number> }>()
  #next = 0
  #bytes = 0
  #peak = 0
  readonly #counts = { operations: 0, kernels: 0, uploads: 0, intCopies: 0, intCopiesBack: 0, downloads: 0, moved: 0 }

  get counts(): DryCounts {
    return { ...this.#counts }
  }

  /** Most device memory in use since the last `restartPeak`, in bytes. */
  get peak(): number {
    return this.#peak
  }

  restartPeak(): void {
    this.#peak = this.#bytes
  }

  isUsingGpuDevice(): boolean {
    return true
  }

  getNumOfTensors(): number {
    return this.#handles.size
  }

  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number {
    if (dtype !== types.int32) {
      this.#counts.uploads++
      return this.#create({ shape, dtype }, false)
    }
    const kept = values.length <= mostKept ? { values: Int32Array.from(values) } : {}
    return this.#create({ shape, dtype, ...kept }, true)
  }

  deleteTensor(id: number): void {
    const { buffer } = this.#handle(id)
    this.#handles.delete(id)
    buffer.handles--
    if (buffer.handles === 0 && !buffer.onHost) this.#bytes -= buffer.bytes
  }

  /** Ones, so that means, norms, and probabilities computed from them stay finite. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array {
    const { shape, dtype, values, buffer } = this.#handle(id)
    if (!buffer.onHost) this.#counts.downloads++
    if (values) return values.slice()
    if (dtype === types.float) return new Float32Array(sizeOf(shape)).fill(1)
    return dtype === types.int32 ? new Int32Array(sizeOf(shape)).fill(1) : new Uint8Array(sizeOf(shape)).fill(1)
  }

  executeOp(name: string, attributes: Parameters<NativeBinding['executeOp']>[1], ids: readonly number[], count: number): RawTensor[] {
    this.#counts.operations++
    if (this.#functions.has(name)) return this.#call(name, ids)
    return this.#run(name, new Map(attributes.map(({ name: key, value }) => [key, value])), ids, count, false)
  }

  addFunction(bytes: Uint8Array): void {
    const graph = readFunction(bytes)
    const constants = new Map<string, number>()
    for (const { name, constant } of graph.nodes) {
      if (constant) constants.set(`${name}:output:0`, this.#create(constant, constant.dtype === types.int32))
    }
    this.#functions.set(graph.name, { graph, constants })
  }

  removeFunction(name: string): void {
    for (const id of this.#functions.get(name)?.constants.values() ?? []) this.deleteTensor(id)
    this.#functions.delete(name)
  }

  /** A function's nodes in their order. What no later node reads is freed. */
  #call(name: string, ids: readonly number[]): RawTensor[] {
    const { graph, constants } = this.#functions.get(name)!
    const given = new Map<string, number>([...constants, ...graph.inputs.map((port, i) => [port, ids[i]] as const)])
    const values = new Map(given)
    const left = usesOf(graph)
    const free = (port: string): void => {
      if (left.get(port) === 0 && !given.has(port)) this.deleteTensor(values.get(port)!)
    }
    for (const node of graph.nodes) {
      if (node.constant) continue
      const inputs = node.inputs.map((port) => values.get(port)!)
      const ports = portsOf(node)
      for (const [i, { id }] of this.#run(node.op, node.attributes, inputs, ports.length, true).entries()) values.set(ports[i], id)
      for (const port of node.inputs) left.set(port, left.get(port)! - 1)
      for (const port of new Set([...node.inputs, ...ports])) {
        if (!left.has(port)) left.set(port, 0)
        free(port)
      }
    }
    return graph.outputs.map((port) => {
      const { shape, dtype } = this.#handle(values.get(port)!)
      return { id: values.get(port)!, shape: [...shape], dtype }
    })
  }

  #run(name: string, named: Attributes, ids: readonly number[], count: number, isInFunction: boolean): RawTensor[] {
    const inputs = ids.map((id) => this.#handle(id))
    const outputs = outputsOf(name, inputs, named, count)
    const onHost = isOnHost(name, inputs, named)
    for (const [i, input] of inputs.entries()) this.#bring(input, onHost || readsFromHost(name, i, inputs), isInFunction)
    this.#counts.moved += bytesInPlace(name, inputs)
    if (!onHost) this.#counts.kernels++
    if (isView(name)) return outputs.map((output) => this.#returned(output, inputs[0].buffer))
    if (!onHost) {
      for (const [i, input] of inputs.entries()) {
        if (!readsFromHost(name, i, inputs)) this.#counts.moved += bytesRead(name, i, input, outputs[0])
      }
      for (const output of outputs) this.#counts.moved += bytesOf(output)
    }
    return outputs.map((output) => this.#returned(output, { bytes: bytesOf(output), onHost, handles: 0 }))
  }

  /** A function copies what it is given in each call. */
  #bring(input: Handle, toHost: boolean, isInFunction: boolean): void {
    if (input.buffer.onHost === toHost || (input.isMirrored && !isInFunction)) return
    if (!isInFunction) input.isMirrored = true
    this.#counts.intCopies++
    if (toHost) this.#counts.intCopiesBack++
  }

  #returned(output: Pick<DryTensor, 'shape' | 'dtype'>, buffer: Buffer): RawTensor {
    return { id: this.#add(output, buffer), shape: [...output.shape], dtype: output.dtype }
  }

  #create(tensor: DryTensor, onHost: boolean): number {
    return this.#add(tensor, { bytes: bytesOf(tensor), onHost, handles: 0 })
  }

  #add(tensor: DryTensor, buffer: Buffer): number {
    if (buffer.handles === 0 && !buffer.onHost) this.#bytes += buffer.bytes
    this.#peak = Math.max(this.#peak, this.#bytes)
    buffer.handles++
    const id = this.#next++
    this.#handles.set(id, { ...tensor, buffer, isMirrored: false })
    return id
  }

  #handle(id: number): Handle {
    const handle = this.#handles.get(id)
    if (!handle) throw new Error(`there is no tensor ${id}`)
    return handle
  }
}

/** How often each value of a function is read, or returned. */
function usesOf({ nodes, outputs }: DryFunction): Map<string, number> {
  const uses = new Map<string, number>()
  for (const port of [...nodes.flatMap(({ inputs }) => inputs), ...outputs]) uses.set(port, (uses.get(port) ?? 0) + 1)
  return uses
}
