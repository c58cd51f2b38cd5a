import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { type Adaptation, initialA, isAdapted } from './initial-adapters.ts'
import type { Adapter, Linear } from './linear.ts'
import { Parameter, type Part } from './parameter.ts'
import type { DecoderWeights } from './weights.ts'

/** Add untrained low-rank adapters to the configured projections. */
export function addAdapters(weights: DecoderWeights, adaptation: Adaptation, precision: Precision): DecoderWeights {
  const adapt = (layer: Linear): Linear => ({ ...layer, adapters: adaptersOf(layer, adaptation, precision) })
  return {
    ...weights,
    layers: weights.layers.map((l) => ({ ...l, qkv: adapt(l.qkv), output: adapt(l.output), gateUp: adapt(l.gateUp), down: adapt(l.down) })),
  }
}

function adaptersOf(layer: Linear, adaptation: Adaptation, precision: Precision): Adapter[] {
  const { lora } = adaptation
  const adapters: Adapter[] = []
  let start = 0
  for (const part of layer.weight.parts) {
    const end = start + part.shape[0]
    if (isAdapted(part.name, lora)) {
      adapters.push({ ...matrices(part, adaptation, precision), scale: lora.alpha / lora.rank, start, end, dropout: lora.dropout })
    }
    start = end
  }
  return adapters
}

/** A is random, B is zero. */
function matrices(part: Part, adaptation: Adaptation, precision: Precision): { a: Parameter; b: Parameter } {
  const { rank } = adaptation.lora
  const [outputs, inputs] = part.shape
  const base = part.name.replace(/\.weight$/, '')
  const make = (name: string, tensor: tf.Tensor) =>
    new Parameter(name, [{ name, shape: tensor.shape }], { tensor, precision: 'float32' }, { matrix: true, precision, trainable: true })
  return {
    a: make(`${base}.lora_A.weight`, tf.tensor2d(initialA(part.name, inputs, adaptation), [rank, inputs])),
    b: make(`${base}.lora_B.weight`, tf.zeros([outputs, rank])),
  }
}
