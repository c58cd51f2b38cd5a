import * as tf from '@tensorflow/tfjs'
import { concatOperands, type Operand, reshapeOperand, takeOperand } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'

// S sequences, KV key-value heads, P past length, R recent length, D head dimension.

/** New tokens are gathered in a short block; only when it is full is the long one copied. */
export const RECENT_TOKENS = 32

/** Keys and values of one layer. */
export interface LayerCache {
  readonly past: KeysValues // [S KV, P, D]: the prompt, padded at its end, then whole blocks of new tokens
  readonly recent: KeysValues | null // [S KV, R, D]
}

export interface KeysValues {
  readonly k: Operand
  readonly v: Operand
}

/** The cache of a group of sequences that decode in step: all have generated the same number of tokens. */
export interface KvCache {
  readonly layers: readonly LayerCache[]
  readonly promptLengths: readonly number[] // [S]
  readonly promptWidth: number // padded
  readonly merged: number // generated tokens that lie in `past`
  readonly recent: number // generated tokens that lie in `recent`
}

/** Copy each prompt's entries to the sequences that continue it: [P KV, T, D] -> [S KV, T, D]. */
export function cacheOf(prompts: readonly KeysValues[], promptOf: readonly number[], lengths: readonly number[]): KvCache {
  const width = prompts[0].k.tensor.shape[1] as number
  const layers = prompts.map((prompt) => ({ past: takeSequences(prompt, promptOf, lengths.length), recent: null }))
  return { layers, promptLengths: promptOf.map((p) => lengths[p]), promptWidth: width, merged: 0, recent: 0 }
}

/** Keep only some sequences, in the order given. Frees the old cache. */
export function keepSequences(cache: KvCache, kept: readonly number[]): KvCache {
  const layers = cache.layers.map(({ past, recent }) => {
    const count = cache.promptLengths.length
    return { past: takeSequences(past, kept, count), recent: recent && takeSequences(recent, kept, count) }
  })
  const promptLengths = kept.map((s) => cache.promptLengths[s])
  disposeCache(cache)
  return { ...cache, layers, promptLengths }
}

/** Append one token's keys and values, [S KV, 1, D]. Frees what is replaced; takes the new entries over. */
export function append(layer: LayerCache, entry: KeysValues): LayerCache {
  if (!layer.recent) return { past: layer.past, recent: entry }
  return { past: layer.past, recent: joinEntries(layer.recent, entry, 1) }
}

/** Move a full recent block behind the past. */
export function mergeRecent(cache: KvCache): KvCache {
  const layers = cache.layers.map(({ past, recent }) => {
    return { past: recent ? joinEntries(past, recent, 1) : past, recent: null }
  })
  return { ...cache, layers, merged: cache.merged + cache.recent, recent: 0 }
}

export function disposeCache(cache: KvCache): void {
  for (const { past, recent } of cache.layers) {
    disposeEntries(past)
    if (recent) disposeEntries(recent)
  }
}

const HIDDEN = -1e9

/**
 * Additive mask over the past, [S, 1, P]: prompt padding is hidden, and with a sliding window whatever lies further back
 * than `window` positions from the current token.
 */
export function pastMask(cache: KvCache, window: number | null): tf.Tensor {
  const { promptLengths, promptWidth, merged, recent } = cache
  const width = promptWidth + merged
  const values = new Float32Array(promptLengths.length * width)
  promptLengths.forEach((length, s) => {
    const oldest = window === null ? 0 : length + merged + recent - window + 1
    for (let column = 0; column < width; column++) {
      const padding = column >= length && column < promptWidth
      const position = column < promptWidth ? column : length + column - promptWidth
      if (padding || position < oldest) values[s * width + column] = HIDDEN
    }
  })
  return tf.tensor3d(values, [promptLengths.length, 1, width])
}

/** Entry `s` of every sequence's heads, by sequence: the first axis is S KV, so it is viewed as S rows for the taking. */
function takeSequences({ k, v }: KeysValues, sequences: readonly number[], count: number): KeysValues {
  const take = (x: Operand): Operand =>
    tidy(() => {
      const [rows, length, dim] = x.tensor.shape as [number, number, number]
      const heads = rows / count
      const byS = reshapeOperand(x, [count, heads * length * dim])
      return reshapeOperand(takeOperand(byS, tf.tensor1d([...sequences], 'int32')), [sequences.length * heads, length, dim])
    })
  return keep({ k: take(k), v: take(v) })
}

/** Two blocks as one, along an axis. Frees both. */
export function joinEntries(a: KeysValues, b: KeysValues, axis: number): KeysValues {
  const joined = keep({ k: concatOperands(a.k, b.k, axis), v: concatOperands(a.v, b.v, axis) })
  disposeEntries(a)
  disposeEntries(b)
  return joined
}

/** The cache outlives the scopes it is made in. */
export function keep(entries: KeysValues): KeysValues {
  tf.keep(entries.k.tensor)
  tf.keep(entries.v.tensor)
  return entries
}

export const disposeEntries = ({ k, v }: KeysValues): void => tf.dispose([k.tensor, v.tensor])
