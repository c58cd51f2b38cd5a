import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { matMul, type Operand, operand } from '../backend/operand.ts'
import { tidy } from '../backend/tidy.ts'
import { type Decoder, headShape } from '../model/decoder.ts'
import { gatherRows } from '../model/embedding.ts'
import { layerForward, mlpForward, type Pass, project } from '../model/layer.ts'
import { disposeLayout, layOut } from '../model/layout.ts'
import { linear } from '../model/linear.ts'
import { rmsNorm } from '../model/rms-norm.ts'
import { rotationAt } from '../model/rope.ts'
import {
  append,
  joinEntries,
  type KeysValues,
  type KvCache,
  keep,
  type LayerCache,
  mergeRecent,
  pastMask,
  RECENT_TOKENS,
} from './kv-cache.ts'

/** Tokens computed at once in a prefill: enough to keep the products busy, few enough to bound memory. */
const PREFILL_TOKENS = 4096

/** The last token's hidden states of some prompts, [P, C], and each layer's keys and values, [P KV, T, D]. */
export interface Prefilled {
  readonly hidden: Tensor
  readonly entries: readonly KeysValues[]
}

/** Run prompts through the decoder, some at a time; all are padded to the longest. */
export function prefill(decoder: Decoder, prompts: readonly (readonly number[])[]): Prefilled {
  const width = Math.max(...prompts.map((prompt) => prompt.length))
  const atOnce = Math.max(1, Math.floor(PREFILL_TOKENS / width))
  let done = prefillPart(decoder, prompts.slice(0, atOnce), width)
  for (let from = atOnce; from < prompts.length; from += atOnce) {
    const part = prefillPart(decoder, prompts.slice(from, from + atOnce), width)
    const entries = done.entries.map((entry, i) => joinEntries(entry, part.entries[i], 0))
    const hidden = done.hidden.concat(part.hidden, 0)
    tf.dispose([done.hidden, part.hidden])
    done = { hidden, entries }
  }
  return done
}

function prefillPart(decoder: Decoder, prompts: readonly (readonly number[])[], width: number): Prefilled {
  const rows = prompts.map((prompt) => ({ prompt, continuations: [] }))
  const layout = layOut(rows, decoder.config.slidingWindow, width)
  const entries: KeysValues[] = []
  const hidden = tidy(() => {
    const pass: Pass = { ...decodePass(decoder, layout.positions), layout }
    let x = gatherRows(decoder.weights.embedding.operand, tf.tensor1d(layout.ids, 'int32'))
    decoder.weights.layers.forEach((weights, index) => {
      const before = x
      x = tidy(() => {
        const { y, saved } = layerForward(weights, before, pass, index)
        entries.push(keep({ k: saved.attention.k, v: saved.attention.v }))
        return y
      })
      before.dispose()
    })
    const last = layout.starts.map((start, i) => start + prompts[i].length - 1)
    return finalNorm(decoder, gatherRows({ tensor: x, precision: 'float32' }, tf.tensor1d(last, 'int32')))
  })
  disposeLayout(layout)
  return { hidden, entries }
}

/**
 * One more token of every sequence: token ids [S] -> hidden states [S, C] and the grown cache. `mask` hides what lies
 * in the past and may not be seen ([S, 1, P], see `pastMask`).
 */
export function decodeStep(decoder: Decoder, tokens: readonly number[], cache: KvCache, mask: Tensor): { hidden: Tensor; cache: KvCache } {
  const layers: LayerCache[] = []
  const positions = cache.promptLengths.map((length) => length + cache.merged + cache.recent)
  const hidden = tidy(() => {
    const pass = decodePass(decoder, positions)
    const recentMask = recentWindow(cache.recent + 1, decoder.config.slidingWindow)
    let x = gatherRows(decoder.weights.embedding.operand, tf.tensor1d([...tokens], 'int32'))
    decoder.weights.layers.forEach((weights, index) => {
      const before = x
      x = tidy(() => {
        const norm = rmsNorm(before, weights.inputNorm.value, pass.normEpsilon)
        const { heads } = project(weights, operand(norm.y, pass.precision), pass)
        const entry = keep({ k: newEntry(heads.k, pass.precision), v: newEntry(heads.v, pass.precision) })
        layers.push(append(cache.layers[index], entry))
        const attended = attendCached(heads.q, layers[index], mask, recentMask, decoder)
        const middle = before.add(linear(weights.output, operand(attended, pass.precision), null))
        return middle.add(mlpForward(weights, middle, pass).y)
      })
      before.dispose()
    })
    return finalNorm(decoder, x)
  })
  const grown = { ...cache, layers, recent: cache.recent + 1 }
  return { hidden, cache: grown.recent === RECENT_TOKENS ? mergeRecent(grown) : grown }
}

/** The mask of the step to come; to be made anew when the past has changed, or at each step with a sliding window. */
export const maskFor = (decoder: Decoder, cache: KvCache): Tensor => pastMask(cache, decoder.config.slidingWindow)

/** q [S, H, D] over past and recent keys -> [S, H D]. One softmax spans both blocks, which stay where they are. */
function attendCached(q: Tensor, layer: LayerCache, mask: Tensor, recentMask: Tensor | null, decoder: Decoder): Tensor {
  const { heads: H, keyValueHeads: KV, headDim: D } = headShape(decoder.config)
  const S = q.shape[0]
  const queries = operand(q.mul(D ** -0.5).reshape([S * KV, H / KV, D]), decoder.precision)
  const scoresOn = (keys: Operand): Tensor => matMul(queries, keys, { transposeB: true }).reshape([S, H, -1])
  const past = scoresOn(layer.past.k).add(mask) // [S, H, P]
  if (!layer.recent) throw new Error('the current token must be in the cache')
  const unmasked = scoresOn(layer.recent.k) // [S, H, R]
  const recent = recentMask ? unmasked.add(recentMask) : unmasked
  const P = past.shape[2] as number
  const R = recent.shape[2] as number
  const [onPast, onRecent] = tf.split(tf.softmax(tf.concat([past, recent], 2)), [P, R], 2)
  const weighted = (p: Tensor, width: number, values: Operand): Tensor =>
    matMul(operand(p.reshape([S * KV, H / KV, width]), decoder.precision), values)
  return weighted(onPast, P, layer.past.v)
    .add(weighted(onRecent, R, layer.recent.v))
    .reshape([S, H * D])
}

/** [S, KV, D] -> [S KV, 1, D]. */
const newEntry = (heads: Tensor, precision: Decoder['precision']): Operand =>
  operand(heads.reshape([-1, 1, heads.shape[2] as number]).clone(), precision)

/** With a sliding window shorter than the recent block, its oldest tokens are out of sight too: [1, 1, R]. */
function recentWindow(length: number, window: number | null): Tensor | null {
  if (window === null || length <= window) return null
  return tf.tensor3d(
    Float32Array.from({ length }, (_, i) => (i < length - window ? -1e9 : 0)),
    [1, 1, length],
  )
}

const finalNorm = (decoder: Decoder, x: Tensor): Tensor => rmsNorm(x, decoder.weights.finalNorm.value, decoder.config.normEpsilon).y

const decodePass = (decoder: Decoder, positions: ArrayLike<number>) => ({
  rotation: rotationAt(decoder.frequencies, positions),
  shape: headShape(decoder.config),
  normEpsilon: decoder.config.normEpsilon,
  precision: decoder.precision,
  dropout: null,
})
