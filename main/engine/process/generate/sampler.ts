import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { uniform } from '../../../common/random.ts'
import type { Sampling } from '../../protocol.ts'

/** What decides a sequence's next token beside its logits: nothing else in the batch does. */
export interface Draw {
  readonly seed: number
  readonly step: number // tokens generated so far
}

/** Candidates fetched per row before the whole row is asked for. */
const SHORTLIST = 64
/** Vocabularies up to this size are fetched whole: cheaper than sorting on the device. */
const SMALL_VOCABULARY = 4096

/**
 * The next token of each row of logits [S, V]: greedy, or one draw from the distribution after temperature, top-k and
 * top-p (nucleus sampling, Holtzman et al. 2020), in transformers' order. The draw inverts the cumulative distribution at
 * `uniform(seed, step)`.
 *
 * With a large vocabulary only the likeliest 64 tokens and the normaliser leave the device; where the nucleus is larger,
 * that row is fetched whole, so the result is always exact.
 */
export async function sampleTokens(logits: Tensor, draws: readonly Draw[], sampling: Sampling): Promise<number[]> {
  if (sampling.greedy || sampling.temperature === 0) return [...(await dataOf(tf.argMax(logits, 1)))]
  const vocabulary = logits.shape[1] as number
  const truncated = sampling.topP < 1 || sampling.topK > 0
  if (!truncated || vocabulary <= SMALL_VOCABULARY || sampling.topK > SHORTLIST) return sampleWhole(logits, draws, sampling)
  return sampleShortlist(logits, draws, sampling)
}

async function sampleWhole(logits: Tensor, draws: readonly Draw[], sampling: Sampling): Promise<number[]> {
  const vocabulary = logits.shape[1] as number
  const values = await logits.data()
  return draws.map((draw, row) => sampleRow(values.subarray(row * vocabulary, (row + 1) * vocabulary) as Float32Array, draw, sampling))
}

async function sampleShortlist(logits: Tensor, draws: readonly Draw[], sampling: Sampling): Promise<number[]> {
  const [values, indices, masses] = tf.tidy(() => {
    const top = tf.topk(logits, SHORTLIST)
    const max = top.values.slice([0, 0], [draws.length, 1])
    return [top.values, top.indices, tf.exp(logits.sub(max).div(sampling.temperature)).sum(1)]
  })
  const [value, index, mass] = await Promise.all([dataOf(values), dataOf(indices), dataOf(masses)])
  const tokens: number[] = []
  for (let row = 0; row < draws.length; row++) {
    const weights = weightsOf(value.subarray(row * SHORTLIST, (row + 1) * SHORTLIST), sampling.temperature)
    const place = sampling.topK
      ? drawNucleus(weights.subarray(0, sampling.topK), null, draws[row], sampling.topP)
      : drawNucleus(weights, mass[row], draws[row], sampling.topP)
    tokens.push(place === null ? await sampleOneRow(logits, row, draws[row], sampling) : index[row * SHORTLIST + place])
  }
  return tokens
}

async function sampleOneRow(logits: Tensor, row: number, draw: Draw, sampling: Sampling): Promise<number> {
  const values = await dataOf(logits.slice([row, 0], [1, logits.shape[1] as number]))
  return sampleRow(values as Float32Array, draw, sampling)
}

/** One row, on the host: the plain definition that the shortlist must agree with. */
export function sampleRow(logits: Float32Array, draw: Draw, sampling: Sampling): number {
  if (sampling.topP >= 1 && !sampling.topK) return drawFrom(weightsOf(logits, sampling.temperature), draw)
  const order = Array.from({ length: logits.length }, (_, id) => id).sort((a, b) => logits[b] - logits[a] || a - b)
  const kept = sampling.topK ? order.slice(0, sampling.topK) : order
  const weights = weightsOf(
    Float32Array.from(kept, (id) => logits[id]),
    sampling.temperature,
  )
  return kept[drawNucleus(weights, null, draw, sampling.topP) ?? 0]
}

/** exp((logit - max) / T): probabilities up to a factor. */
function weightsOf(logits: ArrayLike<number>, temperature: number): Float64Array {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logits.length; i++) if (logits[i] > max) max = logits[i]
  return Float64Array.from(logits, (logit) => Math.exp((logit - max) / temperature))
}

/**
 * Draw from the smallest set of likeliest tokens whose mass reaches `topP` of the total. `weights` are in falling order;
 * `total` is the mass of all tokens where weights are only a shortlist. Null: the shortlist is too short.
 */
function drawNucleus(weights: Float64Array, total: number | null, draw: Draw, topP: number): number | null {
  const mass = total ?? weights.reduce((sum, w) => sum + w, 0)
  let kept = 0
  let sum = 0
  while (kept < weights.length && sum < topP * mass) sum += weights[kept++]
  if (total !== null && sum < topP * mass) return null
  return drawFrom(weights.subarray(0, Math.max(1, kept)), draw)
}

function drawFrom(weights: Float64Array, draw: Draw): number {
  const total = weights.reduce((sum, w) => sum + w, 0)
  let left = uniform(draw.seed, draw.step) * total
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]
    if (left < 0) return i
  }
  return weights.length - 1 // rounding
}

async function dataOf(tensor: Tensor): Promise<Float32Array | Int32Array> {
  const data = (await tensor.data()) as Float32Array | Int32Array
  tensor.dispose()
  return data
}
