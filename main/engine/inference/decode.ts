import * as tf from '@tensorflow/tfjs-core'
import { replayMode } from '../backends/functions/replay.ts'
import { kernelSet } from '../backends/kernel-set.ts'
import { concatOperands, type Operand, sliceOperand } from '../backends/operand.ts'
import type { Runs } from '../kernels/attention-runs.ts'
import { type PassTokens, padTokens } from '../kernels/run-buckets.ts'
import { type Decoder, decoderStates } from '../model/decoder.ts'
import { disposeKinds, mapKinds, placeKinds } from '../model/layer-kinds.ts'
import type { KvCache } from './kv-cache.ts'
import type { Piece } from './radix-cache.ts'

/**
 * Hidden states [N, C] of the pieces' tokens, in order; afterwards their keys and values are in the cache. Prefill and decoding share a
 * pass, because matrix products are most efficient on many rows.
 */
export function computePieces(decoder: Decoder, cache: KvCache, pieces: readonly Piece[]): Operand {
  if (kernelSet() !== 'plain') return computePass(decoder, cache, pieces)
  return rectangles(pieces)
    .map((group) => computePass(decoder, cache, group))
    .reduce((before, next) => {
      const joined = concatOperands(before, next)
      tf.dispose([before.tensor, next.tensor])
      return joined
    })
}

function computePass(decoder: Decoder, cache: KvCache, pieces: readonly Piece[]): Operand {
  const own: PassTokens = {
    ids: Int32Array.from(pieces.flatMap(({ segment, from, count }) => segment.tokens.slice(from, from + count))),
    positions: Int32Array.from(pieces.flatMap(positionsOf)),
    runs: runsOf(pieces),
  }
  const isReplayed = replayMode() !== 'none'
  const { ids, positions, runs } = isReplayed ? padTokens(own, cache.spareRow) : own
  const rows = pieces.flatMap((piece) => piece.slots)
  while (rows.length < ids.length) rows.push(cache.spareRow)
  const slots = tf.tensor2d(rows, [rows.length, 1], isReplayed ? 'float32' : 'int32')
  const placed = placeKinds(runs, decoder.config)
  try {
    const attention = mapKinds(placed, (kind) => cache.attention(slots, kind))
    const states = decoderStates(decoder, ids, positions, attention)
    if (ids.length === own.ids.length) return states
    const meant = sliceOperand(states, [0, 0], [own.ids.length, decoder.config.hidden])
    states.tensor.dispose()
    return meant
  } finally {
    slots.dispose()
    disposeKinds(placed)
  }
}

const positionsOf = ({ segment, from, count }: Piece): number[] => Array.from({ length: count }, (_, i) => segment.depth + from + i)

/** Each piece is one attention segment: its tokens are the last ones of the text in its ranges. */
function runsOf(pieces: readonly Piece[]): Runs {
  const runs: number[] = []
  const ranges: number[] = []
  let row = 0
  for (const piece of pieces) {
    runs.push(row, piece.count, ranges.length / 2, piece.ranges.length / 2)
    ranges.push(...piece.ranges)
    row += piece.count
  }
  return { runs: Int32Array.from(runs), ranges: Int32Array.from(ranges) }
}

/** In plain formulas, attention pads runs to a rectangle, so pieces of very different lengths are computed separately. */
function rectangles(pieces: readonly Piece[]): Piece[][] {
  const groups: { pieces: Piece[]; longest: number; tokens: number }[] = []
  for (const piece of pieces) {
    const last = groups.at(-1)
    const longest = Math.max(last?.longest ?? 0, piece.count)
    if (last && longest * (last.pieces.length + 1) <= 2 * (last.tokens + piece.count)) {
      last.pieces.push(piece)
      last.longest = longest
      last.tokens += piece.count
    } else {
      groups.push({ pieces: [piece], longest: piece.count, tokens: piece.count })
    }
  }
  return groups.map((group) => group.pieces)
}
