import * as tf from '@tensorflow/tfjs-core'
import { generators } from '../../common/random.ts'
import type { LoraConfig, Precision, TrainConfig } from '../../shared/train-config.ts'
import type { Adapter, Linear } from './linear.ts'
import { Parameter, type Part } from './parameter.ts'
import type { DecoderWeights } from './weights.ts'

/** Low-rank adapters to add, and what their initial values are drawn from. */
export interface Adaptation extends Pick<TrainConfig, 'seed' | 'random'> {
  readonly lora: LoraConfig
}

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
    if (lora.targets.some((target) => part.name.endsWith(`.${target}.weight`))) {
      adapters.push({ ...matrices(part, adaptation, precision), scale: lora.alpha / lora.rank, start, end, dropout: lora.dropout })
    }
    start = end
  }
  return adapters
}

/** A is initialized like peft's (Kaiming uniform with a = sqrt(5): within 1 / sqrt(inputs)), B is zero. */
function matrices(part: Part, { lora, seed, random }: Adaptation, precision: Precision): { a: Parameter; b: Parameter } {
  const { rank } = lora
  const [outputs, inputs] = part.shape
  const base = part.name.replace(/\.weight$/, '')
  const { deriveSeed, uniform } = generators[random]
  const draw = deriveSeed(seed, 'lora', part.name)
  const bound = 1 / Math.sqrt(inputs)
  const values = Float32Array.from({ length: rank * inputs }, (_, i) => (2 * uniform(draw, i) - 1) * bound)
  const make = (name: string, value: tf.Tensor) =>
    new Parameter(name, [{ name, shape: value.shape }], value, { matrix: true, precision, trainable: true })
  return {
    a: make(`${base}.lora_A.weight`, tf.tensor2d(values, [rank, inputs])),
    b: make(`${base}.lora_B.weight`, tf.zeros([outputs, rank])),
  }
}
