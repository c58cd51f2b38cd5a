import type { Precision } from '../../../shared/train-config.ts'
import { disposeDecoder } from '../../model/decoder.ts'
import { Gradients } from '../../model/gradients.ts'
import type { SftExample } from '../../training/encoded-rows.ts'
import { sftForwardBackward } from '../../training/sft.ts'
import { benchmarkDecoder, benchmarkVocabulary } from './benchmark-model.ts'

const ROUNDS = 5
const longestSeconds = 3
/** Tokens of a text: enough for products of an ordinary shape. */
const LENGTH = 128

/** Seconds for the loss and the gradients of two texts on the current backend: the best of several rounds after one to warm up. */
export async function trainingStepSeconds(precision: Precision, length = LENGTH): Promise<number> {
  const examples = [0, 1].map((text) => exampleOf(text, length))
  const decoder = benchmarkDecoder(precision, 'full')
  const begin = performance.now()
  let best = Number.POSITIVE_INFINITY
  try {
    await stepSeconds()
    for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - begin < longestSeconds * 1000); round++) {
      best = Math.min(best, await stepSeconds())
    }
  } finally {
    disposeDecoder(decoder)
  }
  return best

  async function stepSeconds(): Promise<number> {
    const start = performance.now()
    const gradients = new Gradients()
    const sums = sftForwardBackward(decoder, examples, length, { dropout: null, recompute: false }, gradients)
    await sums.data() // all commands before it have finished, those of the backward pass too
    const seconds = (performance.now() - start) / 1000
    sums.dispose()
    gradients.dispose()
    return seconds
  }
}

/** A text whose second half is learned. */
function exampleOf(text: number, length: number): SftExample {
  const tokens = Array.from({ length }, (_, i) => (text * 977 + i * 31) % benchmarkVocabulary)
  return { prompt: tokens.slice(0, length / 2), completion: tokens.slice(length / 2), weights: null, promptWeight: 0 }
}
