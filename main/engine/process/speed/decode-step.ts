import type { Precision } from '../../../shared/train-config.ts'
import { generate } from '../../inference/generate.ts'
import { parseConfig } from '../../model/config.ts'
import { createDecoder, type Decoder, disposeDecoder } from '../../model/decoder.ts'
import { expectedTensors } from '../../model/expected-tensors.ts'
import type { WeightSource } from '../../model/load-model.ts'
import { loadWeights } from '../../model/weights.ts'

/** Two layers as wide as those of a 135-million-parameter model, and a head: representative, but fast. */
const config = parseConfig(
  {
    ...{ model_type: 'llama', vocab_size: 4096, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 2 },
    ...{ num_attention_heads: 9, num_key_value_heads: 3, max_position_embeddings: 64, tie_word_embeddings: true },
  },
  'the benchmark model',
)
const SEQUENCES = 32
const STEPS = 4
const ROUNDS = 5
const longestSeconds = 3
const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: STEPS, minNewTokens: STEPS, stop: [] }
const rows = Array.from({ length: SEQUENCES }, (_, row) => ({ promptIds: [row], seeds: [row] }))

/**
 * Seconds to decode one token for each of 32 sequences, per precision, on the current backend: the best of several rounds. Precisions take
 * turns, so that other load on the machine affects all of them.
 */
export async function decodeStepSeconds(precisions: readonly Precision[]): Promise<Map<Precision, number>> {
  const begin = performance.now()
  const decoders = precisions.map((precision) => {
    const decoder = createDecoder(config, loadWeights(config, weights, { precision, train: 'none' }), precision)
    return { precision, decoder }
  })
  const best = new Map<Precision, number>()
  try {
    for (const { decoder } of decoders) await stepSeconds(decoder) // warmup
    for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - begin < longestSeconds * 1000); round++) {
      for (const { precision, decoder } of decoders) {
        best.set(precision, Math.min(await stepSeconds(decoder), best.get(precision) ?? Number.POSITIVE_INFINITY))
      }
    }
  } finally {
    for (const { decoder } of decoders) disposeDecoder(decoder)
  }
  return best
}

async function stepSeconds(decoder: Decoder): Promise<number> {
  const begin = performance.now()
  for await (const _ of generate({ decoder }, rows, { sampling, batch: SEQUENCES, stopTokens: [] })) {
    // stop all of them together
  }
  return (performance.now() - begin) / 1000 / STEPS
}

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
