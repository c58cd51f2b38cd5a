import * as tf from '@tensorflow/tfjs-core'
import { Tensor } from '@tensorflow/tfjs-core'
import type { Place } from '../../common/random.ts'
import { type ReplayInput, replay, replayMode } from '../backends/functions/replay.ts'
import type { Operand } from '../backends/operand.ts'
import { attendBackward } from '../kernels/attention.ts'
import type { PlacedRuns } from '../kernels/attention-runs.ts'
import { placeName, seedsOf } from './dropout.ts'
import { type GradientSums, type Gradients, sumOf } from './gradients.ts'
import { type LayerSaved, layerBackward, layerForward, type Pass, type Stream, type StreamGradient } from './layer.ts'
import type { Linear } from './linear.ts'
import type { Parameter } from './parameter.ts'
import type { LayerWeights } from './weights.ts'

// A layer as one operation, where work is replayed. All layers have the same shapes, so one recorded layer serves all of them.

/** `layerForward`, replayed if possible. */
export const forwardThrough = (weights: LayerWeights, before: Stream, pass: Pass, index: number): ReturnType<typeof layerForward> =>
  replayLayer('forward', weights, pass, index, [before], (placed) => layerForward(weights, before, placed, index))

/** A layer that the backward pass computes again from `input`: the stream with its branch added, which takes less memory than the two. */
export const forwardToRepeat = (weights: LayerWeights, before: Stream, pass: Pass, index: number): { stream: Stream; input: Stream } =>
  replayLayer('repeat', weights, pass, index, [before], (placed) => {
    const { stream, saved } = layerForward(weights, before, placed, index)
    return { stream, input: { x: saved.x, branch: null } }
  })

/** The stream after a layer that no backward pass follows. */
export const streamThrough = (weights: LayerWeights, before: Stream, pass: Pass, index: number): Stream =>
  replayLayer('stream', weights, pass, index, [before], (placed) => layerForward(weights, before, placed, index).stream)

/** `layerBackward`, replayed if possible. `kept`: what the forward pass saved, or only the layer's input, from which that is computed again. */
export function backwardThrough(
  weights: LayerWeights,
  after: StreamGradient,
  kept: LayerSaved | Stream,
  pass: Pass,
  index: number,
  runs: PlacedRuns,
  gradients: Gradients,
): StreamGradient {
  const through = (placed: Pass, into: GradientSums): StreamGradient => {
    const saved = 'qkv' in kept ? kept : layerForward(weights, kept, placed, index).saved
    return layerBackward(weights, after, saved, placed, index, into, (dy, qkv, attended) =>
      attendBackward(dy, qkv, attended, runs, pass.shape),
    )
  }
  if (replayMode() === 'none') return through(pass, gradients)
  const trained = weightsOf(weights).filter(({ trainable }) => trainable)
  const sums = trained.map(({ name }) => gradients.get(name) ?? null)
  const { gradient, added } = replayLayer('backward', weights, pass, index, [after, kept, sums], (placed) => {
    const made = new Map<string, Operand>()
    const gradient = through(placed, { add: (name, { tensor, precision }) => made.set(name, { tensor: tf.keep(tensor), precision }) })
    return { gradient, added: trained.map(({ name }, i) => sumOf(sums[i], made.get(name) as Operand)) }
  })
  trained.forEach(({ name }, i) => {
    gradients.set(name, added[i])
  })
  return gradient
}

/** Run a part of a layer on its weights, the pass's tables and seeds, and `tensors`. */
function replayLayer<T>(
  name: string,
  weights: LayerWeights,
  pass: Pass,
  index: number,
  tensors: readonly unknown[],
  part: (pass: Pass) => T,
): T {
  if (replayMode() === 'none') return part(pass)
  const { dropout, attention, angles } = pass
  const places = dropout ? placesOf(weights, index) : []
  const seeds = dropout && seedsOf(dropout, places)
  const inputs = [...weightInputs(weights), ...attention.inputs(index), ...inputsIn([tensors, angles, seeds])]
  const body = (): T => {
    if (!dropout || !seeds) return part(pass)
    const rows = tf.unstack(seeds)
    return part({ ...pass, dropout: { ...dropout, placed: new Map(places.map((place, i) => [placeName(place), rows[i]])) } })
  }
  const result = replay(`layer ${name} ${keyOf(weights, pass)} ${structureOf(tensors)}`, inputs, body, { withoutXla: attention.isInPlace })
  seeds?.dispose()
  return result
}

/** Everything but shapes that decides what a layer does. */
function keyOf(weights: LayerWeights, pass: Pass): string {
  const { shape, normEpsilon, queryScale, activation, precision, dropout, attention } = pass
  const ofLinear = ({ bias, adapters }: Linear) => [
    bias !== null,
    adapters.map(({ scale, start, end, dropout }) => [scale, start, end, dropout]),
  ]
  const linears = [weights.qkv, weights.output, weights.gateUp, weights.down].map(ofLinear)
  const trained = weightsOf(weights).map(({ trainable }) => Number(trainable))
  const norms = [weights.queryNorm !== null, weights.attentionNorm !== null, weights.mlpNorm !== null]
  const settings = [shape, normEpsilon, queryScale, activation, precision, dropout?.rate]
  return JSON.stringify([...settings, norms, linears, trained, attention.key])
}

/** Places of a layer's dropout masks. */
const placesOf = (weights: LayerWeights, index: number): Place[][] => [
  ['attention', index],
  ['mlp', index],
  ...[weights.qkv, weights.output, weights.gateUp, weights.down].flatMap(({ adapters }) => adapters.map(({ a }) => [a.name])),
]

/** A layer's parameters, in an order that is the same for all layers. */
function weightsOf(weights: LayerWeights): Parameter[] {
  const { inputNorm, queryNorm, keyNorm, attentionNorm, postNorm, mlpNorm } = weights
  const linears = [weights.qkv, weights.output, weights.gateUp, weights.down]
  const ofLinear = ({ weight, bias, adapters }: Linear) => [weight, bias, ...adapters.flatMap(({ a, b }) => [a, b])]
  return [inputNorm, postNorm, queryNorm, keyNorm, attentionNorm, mlpNorm, ...linears.flatMap(ofLinear)].filter(
    (parameter) => parameter !== null,
  )
}

/** The form in which a layer uses its parameters: matrices in products, the others in float32. */
const weightInputs = (weights: LayerWeights): ReplayInput[] => weightsOf(weights).map((parameter) => parameter.used)

/** Tensors in arrays and plain objects, those with a precision as operands. */
function inputsIn(value: unknown): ReplayInput[] {
  if (value instanceof Tensor) return [value]
  if (typeof value !== 'object' || value === null) return []
  return isOperand(value) ? [value] : Object.values(value).flatMap(inputsIn)
}

const isOperand = (value: object): value is Operand => 'tensor' in value && 'precision' in value

/** Which tensors there are. */
function structureOf(value: unknown): string {
  if (value instanceof Tensor) return 't'
  if (typeof value !== 'object' || value === null) return '-'
  return isOperand(value) ? 'o' : `(${Object.values(value).map(structureOf).join('')})`
}
