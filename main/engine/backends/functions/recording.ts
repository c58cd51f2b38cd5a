import type { DataId, Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { NativeBinding, RawTensor } from '../binding-types.ts'
import { heldConstants } from '../constant.ts'
import { FLOAT, handleOf } from '../raw-ops.ts'
import type { FunctionGraph, GraphNode, GraphOutput, GraphValue } from './function-def.ts'
import { completeAttributes } from './op-definition.ts'

/** The parts of tfjs-node's backend that a recording replaces. */
interface RecordedBackend {
  binding: NativeBinding
  readonly tensorMap: { get(dataId: DataId): { readonly values: unknown } }
  move(dataId: DataId, ...rest: unknown[]): void
  getInputTensorIds(tensors: readonly Tensor[]): number[]
}

/** What a piece of work did on its inputs. */
export interface Recorded<T> {
  readonly result: T
  /** The value behind a handle: an input, or a node's output. */
  readonly valueOf: (handle: number) => GraphValue
  /** The graph that returns these handles' values, without the nodes that they don't need. */
  readonly graph: (name: string, outputs: readonly number[]) => FunctionGraph
}

/**
 * Run work on the native backend and write down what it does: operations, and arrays that it makes, which become constants. `inputs`: the
 * handles that it may use, with their types. Throws if it uses another tensor from outside, because its values would be wrong in the next
 * call. Numbers that change from call to call must be inputs as well; that can't be checked here.
 */
export function record<T>(inputs: readonly Pick<RawTensor, 'id' | 'dtype'>[], work: () => T): Recorded<T> {
  const backend = tf.backend() as unknown as RecordedBackend
  const recording = new Recording(backend, inputs)
  const original = backend.binding
  backend.binding = recording.binding
  backend.move = recording.move
  backend.getInputTensorIds = recording.getInputTensorIds
  try {
    return { result: work(), valueOf: recording.valueOf, graph: recording.graph }
  } finally {
    backend.binding = original
    for (const method of ['move', 'getInputTensorIds'] as const) Reflect.deleteProperty(backend, method) // the class's own again
  }
}

class Recording {
  readonly binding: NativeBinding
  readonly #backend: RecordedBackend
  readonly #inputs: readonly Pick<RawTensor, 'id' | 'dtype'>[]
  readonly #values = new Map<number, GraphValue>()
  readonly #types = new Map<number, number>()
  readonly #nodes: GraphNode[] = []
  /** Arrays that the work made, which reach the library when they are first used. */
  readonly #own = new Set<DataId>()
  /** Numbers of formulas, which are kept outside of any work. */
  readonly #constants: ReadonlyMap<number, number>

  constructor(backend: RecordedBackend, inputs: readonly Pick<RawTensor, 'id' | 'dtype'>[]) {
    this.#backend = backend
    this.#inputs = inputs
    inputs.forEach(({ id, dtype }, input) => {
      this.#values.set(id, { input })
      this.#types.set(id, dtype)
    })
    this.#constants = new Map([...heldConstants()].map(([value, tensor]) => [handleOf(tensor), value]))
    const own = backend.binding
    const replaced: Partial<NativeBinding> = { executeOp: this.#executeOp(own), createTensor: this.#createTensor(own) }
    this.binding = new Proxy({} as NativeBinding, {
      get(_, key: keyof NativeBinding) {
        const value = replaced[key] ?? own[key]
        return typeof value === 'function' ? value.bind(own) : value
      },
    })
  }

  readonly move: RecordedBackend['move'] = (dataId, ...rest) => {
    this.#own.add(dataId)
    this.#method('move')(dataId, ...rest)
  }

  readonly getInputTensorIds: RecordedBackend['getInputTensorIds'] = (tensors) => {
    for (const { dataId, shape } of tensors) {
      const isOutside = this.#backend.tensorMap.get(dataId).values !== null && !this.#own.has(dataId)
      if (isOutside) throw undeclared(`an array of shape [${shape}]`)
    }
    return this.#method('getInputTensorIds')(tensors)
  }

  readonly valueOf = (handle: number): GraphValue => {
    const known = this.#values.get(handle) ?? this.#constant(handle)
    if (!known) throw undeclared('a tensor')
    return known
  }

  readonly graph = (name: string, outputs: readonly number[]): FunctionGraph => {
    const returned = outputs.map((handle): GraphOutput => ({ dtype: this.#types.get(handle)!, value: this.valueOf(handle) }))
    const { nodes, moved } = pruned(
      this.#nodes,
      returned.map(({ value }) => value),
    )
    return {
      name,
      inputs: this.#inputs.map(({ dtype }) => dtype),
      nodes,
      outputs: returned.map(({ dtype, value }) => ({ dtype, value: moved(value) })),
    }
  }

  #executeOp(own: NativeBinding): NativeBinding['executeOp'] {
    return (op, attributes, ids, count) => {
      const inputs = ids.map(this.valueOf)
      const raws = own.executeOp(op, attributes, ids, count)
      const types = ids.map((id) => this.#types.get(id)!)
      this.#add({ op, attributes: completeAttributes(op, attributes, types, own), inputs }, raws)
      return raws
    }
  }

  #createTensor(own: NativeBinding): NativeBinding['createTensor'] {
    return (shape, dtype, values) => {
      const id = own.createTensor(shape, dtype, values)
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
      this.#add({ op: 'Const', attributes: [], inputs: [], constant: { dtype, shape: [...shape], bytes } }, [{ id, dtype }])
      return id
    }
  }

  /** A formula's number that was made before this work. */
  #constant(handle: number): GraphValue | undefined {
    const value = this.#constants.get(handle)
    if (value === undefined) return undefined
    const bytes = new Uint8Array(Float32Array.of(value).buffer)
    this.#add({ op: 'Const', attributes: [], inputs: [], constant: { dtype: FLOAT, shape: [], bytes } }, [{ id: handle, dtype: FLOAT }])
    return this.#values.get(handle)
  }

  #add(node: GraphNode, outputs: readonly Pick<RawTensor, 'id' | 'dtype'>[]): void {
    const index = this.#nodes.push(node) - 1
    outputs.forEach(({ id, dtype }, output) => {
      this.#values.set(id, { node: index, output })
      this.#types.set(id, dtype)
    })
  }

  /** The backend's method that this recording covers. */
  #method<Name extends 'move' | 'getInputTensorIds'>(name: Name): RecordedBackend[Name] {
    return (Object.getPrototypeOf(this.#backend) as RecordedBackend)[name].bind(this.#backend) as RecordedBackend[Name]
  }
}

const undeclared = (what: string): Error => new Error(`recorded work uses ${what} from outside that isn't one of its inputs`)

/** The nodes that the values need, in their order. */
function pruned(nodes: readonly GraphNode[], values: readonly GraphValue[]) {
  const needed = new Set<number>()
  const waiting = [...values]
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (!('node' in value) || needed.has(value.node)) continue
    needed.add(value.node)
    waiting.push(...nodes[value.node].inputs)
  }
  const kept = [...needed].sort((a, b) => a - b)
  const places = new Map(kept.map((node, place) => [node, place]))
  const moved = (value: GraphValue): GraphValue => ('node' in value ? { ...value, node: places.get(value.node)! } : value)
  return { nodes: kept.map((node) => ({ ...nodes[node], inputs: nodes[node].inputs.map(moved) })), moved }
}
