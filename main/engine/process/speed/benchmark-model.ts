import type { Precision } from '../../../shared/train-config.ts'
import { parseConfig } from '../../model/config.ts'
import { createDecoder, type Decoder } from '../../model/decoder.ts'
import { expectedTensors } from '../../model/expected-tensors.ts'
import type { WeightSource } from '../../model/load-model.ts'
import { loadWeights, type WeightOptions } from '../../model/weights.ts'

/** Two layers as wide as those of a 135-million-parameter model, and a head: representative, but fast. */
const config = parseConfig(
  {
    ...{ model_type: 'llama', vocab_size: 4096, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 2 },
    ...{ num_attention_heads: 9, num_key_value_heads: 3, max_position_embeddings: 64, tie_word_embeddings: true },
  },
  'the benchmark model',
)

export const benchmarkVocabulary = config.vocabulary

/** The benchmark model on the current backend. */
export const benchmarkDecoder = (precision: Precision, train: WeightOptions['train']): Decoder =>
  createDecoder(config, loadWeights(config, weights, { precision, train }), precision)

const shapes = expectedTensors(config)

/** Ordinary values: timing doesn't depend on them. */
const weights: WeightSource = {
  names: [...shapes.keys()],
  has: (name) => shapes.has(name),
  shape: (name) => shapes.get(name) ?? [],
  read(name) {
    const size = (shapes.get(name) ?? []).reduce((product, n) => product * n, 1)
    return Float32Array.from({ length: size }, (_, i) => ((Math.imul(i, 0x9e3779b1) >>> 16) / 65536 - 0.5) / 10)
  },
  close() {},
}
