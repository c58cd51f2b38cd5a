import * as tf from '@tensorflow/tfjs-core'
import { replayMode } from '../backends/functions/replay.ts'
import { concatOperands, type Operand, operand } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { CACHE_BLOCK } from '../batch-limits.ts'
import { type Attended, attend } from '../kernels/attention.ts'
import { type PlacedRuns, runInputs } from '../kernels/attention-runs.ts'
import { writeRows } from '../kernels/write-rows.ts'
import { type Decoder, headShape } from '../model/decoder.ts'
import type { PassAttention } from '../model/layer.ts'

/**
 * Allocator of KV cache slots. Slots are handed out in blocks and returned when no text needs them. Nothing in the cache ever moves, and
 * texts of different lengths share it without padding.
 */
export class BlockPool {
  /** Descending, so that the lowest block is taken first. Adjacent blocks then tend to belong to one text, whose keys are contiguous. */
  readonly #free: number[] = []
  #blocks = 0

  /** Slots the cache must have: those of every block ever used. */
  get slots(): number {
    return this.#blocks * CACHE_BLOCK
  }

  get blocksInUse(): number {
    return this.#blocks - this.#free.length
  }

  take(): number {
    return this.#free.pop() ?? this.#blocks++
  }

  give(blocks: readonly number[]): void {
    this.#free.push(...blocks)
    this.#free.sort((a, b) => b - a)
  }
}

/** Number of blocks for a number of tokens. */
export const blocksFor = (tokens: number): number => Math.ceil(tokens / CACHE_BLOCK)

/** Minimum growth factor, so that copying costs amortized O(1) per row. */
const GROWTH = 1.5

/** Keys and values of past tokens: one tensor per layer, [slots, 2 KV D], keys before values. The `BlockPool` assigns the slots. */
export class KvCache {
  readonly #decoder: Decoder
  readonly #most: number
  readonly #layers: Operand[] = []
  #slots = 0

  /** `most`: the most slots that the current work can need, which caps growth. */
  constructor(decoder: Decoder, most: number) {
    this.#decoder = decoder
    this.#most = most
  }

  get bytes(): number {
    return this.#slots * bytesPerSlot(this.#decoder)
  }

  /** Grow to at least this many slots. */
  hold(slots: number): void {
    if (slots <= this.#slots) return
    const size = Math.max(slots, Math.min(this.#most, Math.ceil(this.#slots * GROWTH)))
    const spare = this.#slots === 0 && replayMode() !== 'none' ? 1 : 0
    for (let layer = 0; layer < this.#decoder.config.layers; layer++) this.#extend(layer, size - this.#slots + spare)
    this.#slots = size
  }

  /** A row that no text uses, for tokens without a meaning. */
  get spareRow(): number {
    return this.#slots
  }

  /** Attention of a pass that writes its tokens' keys and values to `slots` [N, 1] and reads those of its runs. */
  attention(slots: tf.Tensor2D, runs: PlacedRuns): PassAttention {
    const { key, inputs } = runInputs(runs)
    return {
      attend: (qkv, layer) => this.#attend(qkv, layer, slots, runs),
      inputs: (layer) => [this.#layers[layer], slots, ...inputs],
      key: `cache ${key}`,
      isInPlace: true,
    }
  }

  /** Store the keys and values in `qkv` [N, (H + 2 KV) D], then let its queries attend to their runs' keys in the cache. */
  #attend(qkv: Operand, layer: number, slots: tf.Tensor2D, runs: PlacedRuns): Attended {
    const shape = headShape(this.#decoder.config)
    const before = this.#layers[layer]
    const written = writeRows(before, qkv, slots, shape.heads * shape.headDim)
    if (before.tensor.isDisposed) this.#layers[layer] = kept(written)
    return attend(qkv, written, runs, shape, { keyOffset: 0, valueOffset: shape.keyValueHeads * shape.headDim })
  }

  dispose(): void {
    for (const { tensor } of this.#layers.splice(0)) tensor.dispose()
    this.#slots = 0
  }

  #extend(layer: number, slots: number): void {
    const before = this.#layers[layer]
    this.#layers[layer] = kept(
      tidy(() => {
        const added = operand(tf.fill([slots, rowWidth(this.#decoder)], 0), this.#decoder.precision)
        return before ? concatOperands(before, added) : added
      }),
    )
    before?.tensor.dispose()
  }
}

/** Cache memory per token, over all layers. */
export const bytesPerSlot = (decoder: Decoder): number =>
  decoder.config.layers * rowWidth(decoder) * (decoder.precision === 'bfloat16' ? 2 : 4)

const rowWidth = ({ config }: Decoder): number => 2 * config.keyValueHeads * config.headDim

/** The cache outlives the tidy scopes it is written in. */
function kept(rows: Operand): Operand {
  tf.keep(rows.tensor)
  return rows
}
