import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { NativeBinding } from '../binding-types.ts'
import { hasNativeKernels } from '../native-kernels.ts'
import type { Operand } from '../operand.ts'
import { boolAttribute, handleOf, INT32, isNative, runAll, typeOf, wrapAs } from '../raw-ops.ts'
import { tidy } from '../tidy.ts'
import { encodeFunction } from './function-def.ts'
import { record } from './recording.ts'
import { type ResultShape, shapeOf } from './result-shape.ts'

/**
 * Record and replay, for TensorFlow without Laurel's own kernels, as on a GPU: there the plain formulas are hundreds of small operations a
 * layer, and starting each from the host takes longer than computing it. Work that repeats is recorded once per shape as a function of
 * TensorFlow's and then started as one operation. It computes the same bits.
 */

/** Recorded functions that are kept. One of a layer has about 200 nodes and 10 kB. */
const MOST_FUNCTIONS = 64

/** `none`: operations one by one. `xla`: functions compiled by XLA, which rounds less in bfloat16, so its results differ. */
export type ReplayMode = 'none' | 'function' | 'xla'

interface RecordedFunction {
  readonly name: string
  readonly shape: ResultShape<unknown>
}

interface ReplayState {
  mode: ReplayMode
  /** Most recently used last. */
  readonly functions: Map<string, RecordedFunction>
}

const states = new WeakMap<KernelBackend, ReplayState>()
let isRecording = false
let recorded = 0

/** How the current backend runs work that repeats. `LAUREL_REPLAY` chooses; packs whose binding can't register functions have `none`. */
export const replayMode = (): ReplayMode => state()?.mode ?? 'none'

/** Choose the mode of the current backend, as far as it has one. Functions recorded before are forgotten. */
export function setReplayMode(mode: ReplayMode): void {
  const current = state()
  if (!current) return
  forgetFunctions()
  current.mode = mode
}

/** Forget the current backend's functions. */
export function forgetFunctions(): void {
  const { functions } = state() ?? {}
  for (const { name } of functions?.values() ?? []) binding().removeFunction?.(name)
  functions?.clear()
}

/** Do work operation by operation, though in the shapes in which it would be replayed: for comparing the two. */
export function withoutReplay<T>(work: () => T): T {
  isRecording = true
  try {
    return work()
  } finally {
    isRecording = false
  }
}

/** Functions that the current backend keeps, most recently used last. */
export const functionsKept = (): number => state()?.functions.size ?? 0

/** A tensor with the precision that its float32 label may hide. Without one, it is what its label says. */
export type ReplayInput = Operand | Tensor

/** How a function may run. */
interface ReplayOptions {
  /** XLA would copy a tensor that is changed in place. */
  readonly withoutXla?: boolean
}

/**
 * The result of work on tensors, replayed where that is possible. `key` and the inputs' shapes must determine what the work does, except for
 * the inputs' values: it runs only once for each key. The work's result may be a tensor, or arrays and objects of tensors and constants; it may
 * change inputs in place, which repeating it must not make different.
 * Throws if the work uses other tensors than its inputs.
 */
export function replay<T>(key: string, inputs: readonly ReplayInput[], work: () => T, { withoutXla = false }: ReplayOptions = {}): T {
  const current = isRecording ? undefined : state()
  if (!current || current.mode === 'none') return work()
  const tensors = inputs.map((input) => ('tensor' in input ? input.tensor : input))
  const handles = tensors.map(handleOf)
  const unique = [...new Set(handles)]
  const places = new Map(unique.map((handle, place) => [handle, place]))
  // tensors that share their values are one argument, so which do is part of the key
  const signature = tensors.map(({ shape }, i) => `${typeOfInput(inputs[i])}[${shape}]${places.get(handles[i])}`)
  const full = `${key} ${signature.join(' ')}`
  const types = unique.map((id) => ({ id, dtype: typeOfInput(inputs[handles.indexOf(id)]) }))
  const found = current.functions.get(full) ?? recordFunction(types, tensors, work)
  current.functions.delete(full)
  current.functions.set(full, found)
  if (current.functions.size > MOST_FUNCTIONS) forgetOldest(current)
  const attributes = current.mode === 'xla' && !withoutXla ? [boolAttribute('_XlaMustCompile', true)] : []
  const raws = runAll(found.name, attributes, unique, found.shape.computed.length)
  return found.shape.rebuild(raws.map(wrapAs), tensors) as T
}

/**
 * Record work by doing it once. What it computes is dropped: the first call runs the function as the later ones do, so that a resumed
 * training has the bits of one that was never interrupted.
 */
function recordFunction(
  inputs: readonly { id: number; dtype: number }[],
  tensors: readonly Tensor[],
  work: () => unknown,
): RecordedFunction {
  const name = `laurel_${recorded++}`
  isRecording = true
  try {
    return tidyAway(() => {
      const { result, graph } = record(inputs, work)
      const shape = shapeOf(result, tensors)
      binding().addFunction?.(encodeFunction(graph(name, shape.computed), binding()))
      shape.disposeOwn() // the work may have kept what it returns
      return { name, shape }
    })
  } finally {
    isRecording = false
  }
}

/** `tidy` that frees every tensor made inside. */
function tidyAway<T>(body: () => T): T {
  let result: { readonly value: T } | undefined
  tidy(() => {
    result = { value: body() }
  })
  return result!.value
}

function forgetOldest({ functions }: ReplayState): void {
  const [[key, { name }]] = functions
  functions.delete(key)
  binding().removeFunction?.(name)
}

function typeOfInput(input: ReplayInput): number {
  if ('tensor' in input) return typeOf(input.precision)
  if (input.dtype === 'float32') return typeOf('float32')
  if (input.dtype === 'int32') return INT32
  throw new Error(`a replayed input can't be ${input.dtype}`)
}

/** Undefined where nothing can be replayed. */
function state(): ReplayState | undefined {
  if (!isNative() || hasNativeKernels() || !binding().addFunction) return undefined
  const backend = tf.backend()
  const known = states.get(backend)
  if (known) return known
  const made: ReplayState = { mode: modeOf(process.env.LAUREL_REPLAY), functions: new Map() }
  states.set(backend, made)
  return made
}

const modeOf = (wish: string | undefined): ReplayMode => (wish === 'none' || wish === 'xla' ? wish : 'function')

const binding = (): NativeBinding => (tf.backend() as unknown as { readonly binding: NativeBinding }).binding
