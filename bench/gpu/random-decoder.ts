import { type ModelConfig, parseConfig } from '../../main/engine/model/config.ts'
import { createDecoder, type Decoder } from '../../main/engine/model/decoder.ts'
import { expectedTensors } from '../../main/engine/model/expected-tensors.ts'
import { generatedWeights } from '../../main/engine/model/generated-weights.ts'
import type { WeightSource } from '../../main/engine/model/load-model.ts'
import { loadWeights, type WeightOptions } from '../../main/engine/model/weights.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { randomValues } from '../growth/random-model.ts'
import type { GpuSizes } from './gpu-sizes.ts'

export const modelOf = ({ model }: GpuSizes): ModelConfig => parseConfig(model, 'the measured model')

/** An untrained model on the current backend: its speed depends on its shape alone. */
export function randomDecoder(model: ModelConfig, precision: Precision, train: WeightOptions['train']): Decoder {
  return createDecoder(model, loadWeights(model, randomSource(model), { precision, train }), precision)
}

function randomSource(model: ModelConfig): WeightSource {
  const shapes = expectedTensors(model)
  return generatedWeights(shapes, (name) => randomValues(name, shapes.get(name)!))
}
