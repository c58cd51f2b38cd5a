import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { constant } from '../backends/constant.ts'
import { replay, replayMode } from '../backends/functions/replay.ts'
import type { Operand } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { gatherRows } from '../kernels/embedding.ts'
import type { HeadShape } from '../kernels/head-shape.ts'
import { addRmsNorm } from '../kernels/rms-norm.ts'
import { plainTimesTransposed, timesTransposed } from '../kernels/thin-product.ts'
import type { ModelConfig } from './config.ts'
import type { Pass, PassAttention, Stream } from './layer.ts'
import { disposeKinds, kindAt, type LayerKinds, mapKinds, placeKinds } from './layer-kinds.ts'
import type { Layout } from './layout.ts'
import { streamThrough } from './replayed-layer.ts'
import { anglesAt, ropeFrequencies } from './rope-tables.ts'
import { selfAttention } from './self-attention.ts'
import { type DecoderWeights, parametersOf } from './weights.ts'

/** A decoder on the current backend: configuration and weights. */
export interface Decoder {
  readonly config: ModelConfig
  readonly weights: DecoderWeights
  readonly precision: Precision
  readonly frequencies: LayerKinds<Float64Array> // of the rotary position embedding
}

export function createDecoder(config: ModelConfig, weights: DecoderWeights, precision: Precision): Decoder {
  const { headDim, localLayers } = config
  const local = localLayers && ropeFrequencies({ headDim, ropeTheta: localLayers.ropeTheta, ropeScaling: { type: 'default' } })
  return { config, weights, precision, frequencies: { usual: ropeFrequencies(config), local } }
}

export function disposeDecoder(decoder: Decoder): void {
  for (const parameter of parametersOf(decoder.weights)) parameter.dispose()
}

export const headShape = (config: ModelConfig): HeadShape => ({
  heads: config.heads,
  keyValueHeads: config.keyValueHeads,
  headDim: config.headDim,
})

/** What all layers of a kind share in a pass, given the tokens' positions and the attention. */
export function passesOf(
  decoder: Decoder,
  positions: ArrayLike<number>,
  attention: LayerKinds<PassAttention>,
  dropout: Pass['dropout'] = null,
): LayerKinds<Pass> {
  const { config, precision, frequencies } = decoder
  const { normEpsilon, queryScale, activation } = config
  const kind = (attention: PassAttention, frequencies: Float64Array): Pass => ({
    angles: anglesAt(frequencies, positions),
    shape: headShape(config),
    ...{ normEpsilon, queryScale, activation, precision, dropout, attention },
    // with a cache, most passes have few rows; training and what it is compared with multiply alike, whatever their rows
    timesWeights: attention.isInPlace ? timesTransposed : plainTimesTransposed,
  })
  return {
    usual: kind(attention.usual, frequencies.usual),
    local: attention.local && frequencies.local && kind(attention.local, frequencies.local),
  }
}

/** Token ids on the device: in float32 where work is replayed, since a GPU's functions would receive int32 in the host's memory. */
export const placeIds = (ids: ArrayLike<number>): Tensor =>
  replayMode() === 'none' ? tf.tensor1d(Int32Array.from(ids), 'int32') : tf.tensor1d(Float32Array.from(ids))

/** The residual stream before the first layer: ids [N] -> embeddings [N, C]. */
export function embed({ weights: { embedding }, config }: Decoder, ids: Tensor): Stream {
  const x = replay(`embed ${config.embeddingScale}`, [embedding.operand, ids], () =>
    scaleEmbedding(gatherRows(embedding.operand, tf.cast(ids, 'int32')), config),
  )
  return { x, branch: null }
}

/** Scales embeddings, or their gradient. */
export const scaleEmbedding = (x: Tensor, { embeddingScale }: ModelConfig): Tensor =>
  embeddingScale === 1 ? x : tidy(() => tf.mul(x, constant(embeddingScale)))

/** The residual stream after the last layer, normalized: the head's input, and what the backward pass needs. */
export function finish({ config, weights, precision }: Decoder, { x, branch }: Stream): ReturnType<typeof addRmsNorm> {
  const { value } = weights.finalNorm
  const inputs = [x, ...(branch ? [branch] : []), value]
  return replay(`finish ${config.normEpsilon} ${precision}`, inputs, () => addRmsNorm(x, branch, value, config.normEpsilon, precision))
}

/**
 * Token ids to final hidden states [N, C] without a backward pass: memory of one layer. Scoring, prefill and decoding differ only in
 * their attention.
 */
export function decoderStates(
  decoder: Decoder,
  ids: ArrayLike<number>,
  positions: ArrayLike<number>,
  attention: LayerKinds<PassAttention>,
): Operand {
  return tidy(() => {
    const passes = passesOf(decoder, positions, attention)
    let stream = embed(decoder, placeIds(ids))
    decoder.weights.layers.forEach((weights, index) => {
      const before = stream
      stream = tidy(() => streamThrough(weights, before, kindAt(passes, decoder.config, index), index))
      disposeStream(before)
    })
    return finish(decoder, stream).y
  })
}

/** `decoderStates` for packed sequences without a cache. */
export function layoutStates(decoder: Decoder, layout: Layout): Operand {
  const runs = placeKinds(layout.runs, decoder.config)
  const shape = headShape(decoder.config)
  try {
    const attention = mapKinds(runs, (placed) => selfAttention(placed, shape))
    return decoderStates(decoder, layout.ids, layout.positions, attention)
  } finally {
    disposeKinds(runs)
  }
}

function disposeStream({ x, branch }: Stream): void {
  x.dispose()
  branch?.tensor.dispose()
}
