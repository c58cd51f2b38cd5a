import * as tf from '@tensorflow/tfjs-core'
import type { Sampling } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type Operand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { shortlist } from '../kernels/shortlist.ts'

/** Throws NUMERIC for NaN or infinite logits, which would otherwise be sampled as if they meant something. */
export function checkFinite(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) || values[i] === Number.POSITIVE_INFINITY) throw notFinite()
}

export const notFinite = (): LaurelError =>
  new LaurelError(
    'NUMERIC',
    "The model's output contains NaN or infinity: its weights are damaged, or too large for this precision.",
    'Download the model again, or use float32.',
  )

/** Unnormalized probabilities `exp((logit - max) / T)`, and tokens bucketed by them. */
interface Weighed {
  readonly weights: Float64Array
  /** Class c holds weights from e^(-(c + 1) / 16) to e^(-c / 16); the last class holds all smaller ones. */
  readonly classes: Uint16Array
}

const CLASSES = 1024
const PER_NAT = 16

export function weigh(logits: Float32Array, temperature: number): Weighed {
  let max = Number.NEGATIVE_INFINITY
  for (const logit of logits) if (logit > max) max = logit
  const weights = new Float64Array(logits.length)
  const classes = new Uint16Array(logits.length)
  for (let i = 0; i < logits.length; i++) {
    const below = (max - logits[i]) / temperature
    weights[i] = Math.exp(-below)
    classes[i] = Math.min(CLASSES - 1, below * PER_NAT)
  }
  return { weights, classes }
}

export function sumOf(weights: Float64Array): number {
  let sum = 0
  for (const weight of weights) sum += weight
  return sum
}

/** A number of tokens, or enough tokens for a share of the mass (possibly a few more). */
type Amount = { readonly count: number } | { readonly share: number }

/** Upper bound on rounding differences between summation orders. */
const SLACK = 1e-9

/**
 * The most likely tokens by descending weight (lower id first among equals), at least the amount requested. Sorting a whole vocabulary would
 * take longer than computing it, so only the classes that are needed are sorted.
 */
export function mostLikely({ weights, classes }: Weighed, amount: Amount): number[] {
  const content = new Float64Array(CLASSES)
  for (let id = 0; id < weights.length; id++) content[classes[id]] += 'count' in amount ? 1 : weights[id]
  let left = 'count' in amount ? amount.count : amount.share * sumOf(content)
  const slack = SLACK * left
  let lightest = 0
  while (lightest < CLASSES - 1 && left + slack > content[lightest]) left -= content[lightest++]
  const kept: number[] = []
  for (let id = 0; id < weights.length; id++) if (classes[id] <= lightest) kept.push(id)
  kept.sort((a, b) => weights[b] - weights[a] || a - b)
  return 'count' in amount ? kept.slice(0, amount.count) : kept
}

/** Candidates fetched per row: a few at first, more for rows with a larger nucleus. */
const SHORTLISTS = [64, 1024]
const [SHORTLIST] = SHORTLISTS
/** Up to this vocabulary size, fetching whole rows is cheaper than a top-k on the device. */
const SMALL_VOCABULARY = 4096

/**
 * Next token of each row of logits [S, V]: greedy, or one draw after temperature, top-k and top-p (nucleus sampling, Holtzman et al. 2020),
 * in the order of transformers. A draw is uniform in [0, 1), and the token is the cumulative distribution's inverse there, the most likely
 * tokens first.
 *
 * With a large vocabulary, only the top 64 tokens and the softmax normalizer leave the device. If the nucleus or, without one, the drawn
 * token lies beyond them (with the paper's sampling, in one row in fifty), more of the row is fetched, if necessary all of it, so the result
 * is always exact.
 */
export async function sampleTokens(logits: Operand, draws: readonly number[], sampling: Sampling): Promise<number[]> {
  if (sampling.greedy || sampling.temperature === 0) return [...(await shortlisted(logits, 1, 1)).ids]
  const vocabulary = logits.tensor.shape[1] as number
  if (vocabulary <= SMALL_VOCABULARY || sampling.topK > SHORTLIST) return sampleWhole(logits, draws, sampling)
  return sampleShortlist(logits, draws, sampling, SHORTLIST)
}

async function sampleWhole(logits: Operand, draws: readonly number[], sampling: Sampling): Promise<number[]> {
  const vocabulary = logits.tensor.shape[1] as number
  const values = await read(tidy(() => widen(logits)))
  return draws.map((draw, row) => sampleRow(values.subarray(row * vocabulary, (row + 1) * vocabulary), draw, sampling))
}

async function sampleShortlist(logits: Operand, draws: readonly number[], sampling: Sampling, length: number): Promise<number[]> {
  const { values, ids, mass } = await shortlisted(logits, sampling.temperature, length)
  const tokens = draws.map((draw, row) => {
    const candidates = values.subarray(row * length, row * length + (sampling.topK || length))
    const { weights } = weigh(candidates, sampling.temperature)
    const place = drawNucleus(weights, sampling.topK ? null : mass[row], draw, sampling.topP)
    return place === null ? null : ids[row * length + place]
  })
  const wide = tokens.flatMap((token, row) => (token === null ? [row] : []))
  const drawn = wide.length > 0 ? await sampleWide(logits, wide, draws, sampling, length) : []
  return tokens.map((token) => token ?? (drawn.shift() as number))
}

/** Sample rows for which this shortlist is too short. */
async function sampleWide(logits: Operand, rows: readonly number[], draws: readonly number[], sampling: Sampling, length: number) {
  const wide = tidy(() => takeOperand(logits, tf.tensor1d([...rows], 'int32')))
  const theirs = rows.map((row) => draws[row])
  const longer = SHORTLISTS.find((next) => next > length)
  try {
    return await (longer ? sampleShortlist(wide, theirs, sampling, longer) : sampleWhole(wide, theirs, sampling))
  } finally {
    wide.tensor.dispose()
  }
}

/** One row on the host: the reference definition that the shortlist must agree with. */
export function sampleRow(logits: Float32Array, draw: number, { temperature, topK, topP }: Sampling): number {
  const weighed = weigh(logits, temperature)
  const { weights } = weighed
  const kept = mostLikely(weighed, topK ? { count: topK } : { share: topP < 1 ? topP : draw })
  const falling = Float64Array.from(kept, (id) => weights[id])
  return kept[drawNucleus(falling, topK ? null : sumOf(weights), draw, topP) ?? kept.length - 1] // null only by rounding
}

/**
 * Draw from the smallest set of most likely tokens whose mass reaches `topP` of the total, or from all tokens if `topP` is 1. `weights` are in
 * descending order; `total` is the mass of all tokens if weights are only a shortlist. Returns null if the shortlist is too short.
 */
function drawNucleus(weights: Float64Array, total: number | null, draw: number, topP: number): number | null {
  if (total !== null && topP >= 1) return drawFrom(weights, draw, total)
  const mass = total ?? sumOf(weights)
  let kept = 0
  let sum = 0
  while (kept < weights.length && sum < topP * mass) sum += weights[kept++]
  if (total !== null && sum < topP * mass) return null
  const nucleus = weights.subarray(0, Math.max(1, kept))
  return drawFrom(nucleus, draw, sumOf(nucleus)) ?? nucleus.length - 1 // null only by rounding
}

/** The place at which the sum of the weights exceeds this share of a mass, or null if it never does. */
function drawFrom(weights: Float64Array, share: number, mass: number): number | null {
  if (!(mass > 0)) throw notFinite()
  let left = share * mass
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]
    if (left < 0) return i
  }
  return null
}

/** Top candidates of each row, on the host: the only device read per token. */
async function shortlisted(logits: Operand, temperature: number, count: number) {
  const list = tidy(() => shortlist(logits, temperature, count))
  const [values, ids, mass] = await Promise.all([read(list.values), read(list.ids), read(list.mass)])
  checkFinite(values)
  checkFinite(mass)
  return { values, ids, mass }
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>()
  tensor.dispose()
  return values
}
