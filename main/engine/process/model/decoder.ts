import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Precision } from '../../train-config.ts'
import { tidy } from '../backend/tidy.ts'
import type { HeadShape } from './attention.ts'
import type { ModelConfig } from './config.ts'
import type { Dropout } from './dropout.ts'
import { gatherRows, scatterRows } from './embedding.ts'
import type { Gradients } from './gradients.ts'
import { type LayerSaved, layerBackward, layerForward, type Pass } from './layer.ts'
import type { Layout } from './layout.ts'
import { type NormSaved, rmsNorm, rmsNormBackward } from './rms-norm.ts'
import { ropeFrequencies, rotationAt } from './rope.ts'
import { type DecoderWeights, parametersOf } from './weights.ts'

/** A decoder on the current backend: what it is and what it knows. */
export interface Decoder {
  readonly config: ModelConfig
  readonly weights: DecoderWeights
  readonly precision: Precision
  readonly frequencies: Float64Array // of its rotary positions
}

export function createDecoder(config: ModelConfig, weights: DecoderWeights, precision: Precision): Decoder {
  return { config, weights, precision, frequencies: ropeFrequencies(config) }
}

export function disposeDecoder(decoder: Decoder): void {
  for (const parameter of parametersOf(decoder.weights)) parameter.dispose()
}

export const headShape = (config: ModelConfig): HeadShape => ({
  heads: config.heads,
  keyValueHeads: config.keyValueHeads,
  headDim: config.headDim,
})

/** What a whole pass keeps for the way back. */
export interface DecoderSaved {
  readonly ids: Tensor // [N]
  readonly pass: Pass
  readonly layers: readonly LayerSaved[]
  readonly finalNorm: NormSaved
}

/** Token ids to final hidden states, keeping what the way back needs: -> [N, C], normed, ready for the head. */
export function decoderForward(decoder: Decoder, layout: Layout, dropout: Dropout | null): { hidden: Tensor; saved: DecoderSaved } {
  return tidy(() => {
    const pass = passOf(decoder, layout, dropout)
    const ids = tf.tensor1d(layout.ids, 'int32')
    let x = gatherRows(decoder.weights.embedding.operand, ids) // [N, C]
    const layers = decoder.weights.layers.map((weights, index) => {
      const { y, saved } = layerForward(weights, x, pass, index)
      x = y
      return saved
    })
    const { y: hidden, saved: finalNorm } = rmsNorm(x, decoder.weights.finalNorm.value, decoder.config.normEpsilon)
    return { hidden, saved: { ids, pass, layers, finalNorm } }
  })
}

/** The same without keeping anything: memory of one layer. */
export function decoderHidden(decoder: Decoder, layout: Layout): Tensor {
  return tidy(() => {
    const pass = passOf(decoder, layout, null)
    let x = gatherRows(decoder.weights.embedding.operand, tf.tensor1d(layout.ids, 'int32'))
    decoder.weights.layers.forEach((weights, index) => {
      const before = x
      x = tidy(() => layerForward(weights, before, pass, index).y)
      before.dispose()
    })
    return rmsNorm(x, decoder.weights.finalNorm.value, decoder.config.normEpsilon).y
  })
}

/**
 * Gradients of every trainable parameter but the head's own, given the gradient of the hidden states [N, C].
 * Frees what a layer kept as soon as it has been used.
 */
export function decoderBackward(decoder: Decoder, dhidden: Tensor, saved: DecoderSaved, gradients: Gradients): void {
  const { embedding, finalNorm, layers } = decoder.weights
  tidy(() => {
    const norm = rmsNormBackward(dhidden, finalNorm.value, saved.finalNorm)
    if (finalNorm.trainable) gradients.add(finalNorm.name, norm.dw)
    let dx = norm.dx
    for (let i = layers.length - 1; i >= 0; i--) {
      const above = dx
      dx = layerBackward(layers[i], above, saved.layers[i], saved.pass, i, gradients)
      above.dispose()
      tf.dispose(saved.layers[i] as unknown as tf.TensorContainer)
    }
    if (embedding.trainable) gradients.add(embedding.name, scatterRows(dx, saved.ids, decoder.config.vocabulary))
  })
}

function passOf(decoder: Decoder, layout: Layout, dropout: Dropout | null): Pass {
  return {
    layout,
    rotation: rotationAt(decoder.frequencies, layout.positions),
    shape: headShape(decoder.config),
    normEpsilon: decoder.config.normEpsilon,
    precision: decoder.precision,
    dropout,
  }
}
