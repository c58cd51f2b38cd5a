import type { Tensor, Tensor1D } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { tidy } from '../backend/tidy.ts'

/**
 * One row of a batch: a prompt and any number of continuations that each see the prompt and themselves, but not each
 * other (chosen and rejected; the candidates of one prompt). Their positions all go on from the prompt's end, so every
 * continuation is computed exactly as if it stood alone behind the prompt, and the prompt is computed once.
 */
export interface Row {
  readonly prompt: readonly number[]
  readonly continuations: readonly (readonly number[])[]
}

/**
 * How tokens lie in memory. Everything but attention works on tokens packed without padding, [N, ...]; attention wants
 * a rectangle [B, T, ...], rows padded at their ends to the longest. `toPadded` and `toPacked` lead from one to the other.
 */
export interface Layout {
  readonly ids: Int32Array // [N]
  readonly positions: Int32Array // [N]
  readonly starts: readonly number[] // packed index of each row's first token
  readonly rows: number // B
  readonly width: number // T
  /** Additive: 0 where a token may look, -1e9 elsewhere; [B or 1, 1, T, T]. */
  readonly mask: Tensor
  /** Null where rows are equally long: packed and padded are then the same. */
  readonly padding: { readonly toPadded: Tensor1D; readonly toPacked: Tensor1D; readonly valid: Tensor } | null
}

const HIDDEN = -1e9 // large enough that exp() gives exactly 0, small enough that no sum overflows

export const rowLength = (row: Row): number => row.continuations.reduce((sum, c) => sum + c.length, row.prompt.length)

/** Lay rows out. Rows must not be empty. `window`: sliding window in positions, or null; `minWidth`: pad at least to this. */
export function layOut(rows: readonly Row[], window: number | null, minWidth = 0): Layout {
  const lengths = rows.map(rowLength)
  const total = lengths.reduce((sum, n) => sum + n, 0)
  const width = Math.max(minWidth, ...lengths)
  const ids = new Int32Array(total)
  const positions = new Int32Array(total)
  const starts: number[] = []
  let at = 0
  for (const row of rows) {
    starts.push(at)
    for (const [offset, tokens] of segmentsOf(row)) {
      for (let i = 0; i < tokens.length; i++, at++) {
        ids[at] = tokens[i]
        positions[at] = offset + i
      }
    }
  }
  return { ids, positions, starts, rows: rows.length, width, mask: maskOf(rows, width, window), padding: paddingOf(starts, lengths, width) }
}

export function disposeLayout(layout: Layout): void {
  layout.mask.dispose()
  if (layout.padding) tf.dispose([layout.padding.toPadded, layout.padding.toPacked, layout.padding.valid])
}

/** A row's token runs with the position of their first token: the prompt at 0, each continuation behind the prompt. */
function segmentsOf(row: Row): [number, readonly number[]][] {
  return [[0, row.prompt], ...row.continuations.map((c): [number, readonly number[]] => [row.prompt.length, c])]
}

/** Rows with at most one continuation are plainly causal, and padding at the end is never looked at: one mask serves all. */
function maskOf(rows: readonly Row[], width: number, window: number | null): Tensor {
  const plain = rows.every((row) => row.continuations.length <= 1)
  const masked = plain ? [{ prompt: new Array<number>(width).fill(0), continuations: [] }] : rows
  const values = new Float32Array(masked.length * width * width).fill(HIDDEN)
  masked.forEach((row, b) => {
    fillMask(values.subarray(b * width * width, (b + 1) * width * width), row, width, window)
  })
  return tf.tensor4d(values, [masked.length, 1, width, width])
}

function fillMask(mask: Float32Array, row: Row, width: number, window: number | null): void {
  let start = 0
  for (const [offset, tokens] of segmentsOf(row)) {
    for (let i = 0; i < tokens.length; i++) {
      const query = start + i
      const position = offset + i
      const oldest = window === null ? 0 : Math.max(0, position - window + 1)
      if (offset > 0) for (let key = oldest; key < row.prompt.length; key++) mask[query * width + key] = 0
      for (let j = Math.max(0, oldest - offset); j <= i; j++) mask[query * width + start + j] = 0
    }
    start += tokens.length
  }
  for (let query = start; query < width; query++) mask[query * width] = 0 // padding looks somewhere, so that softmax is finite
}

function paddingOf(starts: readonly number[], lengths: readonly number[], width: number): Layout['padding'] {
  if (lengths.every((length) => length === width)) return null
  const toPadded = new Int32Array(lengths.length * width)
  const valid = new Float32Array(lengths.length * width)
  const toPacked: number[] = []
  lengths.forEach((length, b) => {
    for (let t = 0; t < length; t++) {
      toPadded[b * width + t] = starts[b] + t
      valid[b * width + t] = 1
      toPacked.push(b * width + t)
    }
  })
  return {
    toPadded: tf.tensor1d(toPadded, 'int32'),
    toPacked: tf.tensor1d(toPacked, 'int32'),
    valid: tf.tensor2d(valid, [lengths.length * width, 1]),
  }
}

/** Packed [N, W] -> padded [B T, W]. Padding repeats token 0 unless `clean`, which zeroes it (gradients must be). */
export function toPadded(x: Tensor, layout: Layout, clean: boolean): Tensor {
  const { padding } = layout
  if (!padding) return x.clone()
  return tidy(() => {
    const padded = tf.gather(x, padding.toPadded)
    return clean ? padded.mul(padding.valid) : padded
  })
}

/** Padded [B T, W] -> packed [N, W]. */
export function toPacked(x: Tensor, layout: Layout): Tensor {
  return layout.padding ? tf.gather(x, layout.padding.toPacked) : x.clone()
}
