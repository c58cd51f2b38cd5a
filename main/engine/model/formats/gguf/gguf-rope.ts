import { LaurelError } from '../../../../shared/errors.ts'

/** Llama 3's RoPE scaling as in Hugging Face's config.json. */
interface Llama3Rope {
  readonly rope_type: 'llama3'
  readonly factor: number
  readonly low_freq_factor: number
  readonly high_freq_factor: number
  readonly original_max_position_embeddings: number
}

/**
 * GGUF stores Llama 3's RoPE scaling as one divisor per frequency (the tensor `rope_freqs.weight`) instead of the original parameters. This
 * recovers them: long wavelengths are divided by `factor`, short ones by 1, and those in between by a blend. Every published model has low
 * and high factors of 1 and 4 and a power of two as original context, so try those until the divisors match.
 *
 * Throws UNSUPPORTED if nothing matches.
 */
export function ropeFromDivisors(divisors: Float32Array, theta: number, headDim: number, path: string): Llama3Rope | null {
  const factor = divisors.reduce((largest, divisor) => Math.max(largest, divisor), 1)
  if (factor === 1 && divisors.every((divisor) => divisor === 1)) return null
  const inverses = Array.from(divisors, (_, i) => theta ** ((2 * i) / headDim))
  for (const context of 2 * divisors.length === headDim ? contexts : []) {
    const rope = {
      rope_type: 'llama3',
      factor,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: context,
    } as const
    if (inverses.every((inverse, i) => close(divisors[i], divisorOf(rope, inverse)))) return rope
  }
  throw new LaurelError(
    'UNSUPPORTED',
    `${path}: the divisors in rope_freqs.weight are not Llama 3's`,
    'Use the Hugging Face folder of the model.',
  )
}

/** Original contexts to try: the common one first, then every other power of two. */
const contexts = [8192, ...Array.from({ length: 18 }, (_, i) => 2 ** (i + 4)).filter((context) => context !== 8192)]

/** The divisor of frequency `1 / inverse` (radians per token). */
function divisorOf(rope: Llama3Rope, inverse: number): number {
  const turns = rope.original_max_position_embeddings / (2 * Math.PI * inverse) // full turns of this wave within the original context
  if (turns > rope.high_freq_factor) return 1
  if (turns < rope.low_freq_factor) return rope.factor
  const smooth = (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor)
  return 1 / ((1 - smooth) / rope.factor + smooth)
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * b
