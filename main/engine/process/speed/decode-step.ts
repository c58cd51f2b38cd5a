import type { Precision } from '../../../shared/train-config.ts'
import { generate } from '../../inference/generate.ts'
import { type Decoder, disposeDecoder } from '../../model/decoder.ts'
import { benchmarkDecoder } from './benchmark-model.ts'

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
  const decoders = precisions.map((precision) => ({ precision, decoder: benchmarkDecoder(precision, 'none') }))
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
