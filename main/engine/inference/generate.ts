import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import { generators } from '../../common/random.ts'
import type { FinishReason, Sampling } from '../../shared/engine-protocol.ts'
import { stopped } from '../../shared/errors.ts'
import type { RandomGeneratorName } from '../../shared/random-generator.ts'
import { type Operand, operand, reshapeOperand, takeOperand } from '../backends/operand.ts'
import { stage } from '../backends/profiler.ts'
import { tidy } from '../backends/tidy.ts'
import { PASS_TOKENS } from '../batch-limits.ts'
import { timesTransposed } from '../kernels/thin-product.ts'
import { writeRows } from '../kernels/write-rows.ts'
import type { Decoder } from '../model/decoder.ts'
import type { LoadedModel } from '../model/load-model.ts'
import { extend, type GenerateRow, Schedule, type Sequence } from './batch-scheduler.ts'
import { computePieces } from './decode.ts'
import { KvCache } from './kv-cache.ts'
import { sampleTokens } from './sampler.ts'

export type { GenerateRow } from './batch-scheduler.ts'

export interface GenerateOptions {
  readonly sampling: Sampling
  /** What draws each token, from its sequence's seed and its place there. */
  readonly random?: RandomGeneratorName
  /** Sequences in flight. */
  readonly batch: number
  /** Prompt tokens per pass. */
  readonly passTokens?: number
  readonly stopTokens: readonly number[]
  /** Ends a sequence early, for example at a stop string; called after each token. */
  readonly isFinished?: (row: number, sample: number, tokenIds: readonly number[]) => boolean
  /** Tokens left in the model's context for a row's sequences. */
  readonly room?: (row: number) => number
  /** Called after each token of a running sequence: whether to yield its current state. */
  readonly isShown?: (row: number, sample: number) => boolean
  readonly signal?: AbortSignal
}

export interface Generated {
  readonly row: number
  readonly sample: number
  readonly tokenIds: number[] // includes the stop token
  /** Null while the sequence is running (`tokenIds` still grows); yielded only if `isShown` says so. */
  readonly finishReason: FinishReason | null
}

/**
 * Sample responses, yielding each as it ends. The same rows and options give exactly the same tokens on one machine and engine. With other
 * rows or another `batch`, each token still depends only on its own text and seed, except for rounding in products of different size: a
 * draw within rounding error of the border between two tokens may change.
 */
export async function* generate(
  { decoder }: Pick<LoadedModel, 'decoder'>,
  rows: readonly GenerateRow[],
  options: GenerateOptions,
): AsyncGenerator<Generated> {
  const { sampling, batch, passTokens = PASS_TOKENS, signal } = options
  const schedule = new Schedule(rows, { batch, passTokens, maxNewTokens: sampling.maxNewTokens })
  const cache = new KvCache(decoder, schedule.mostSlots)
  try {
    while (!schedule.isDone) {
      if (signal?.aborted) throw stopped()
      const { pieces, running } = schedule.next()
      cache.hold(schedule.pool.slots)
      stage(pieces.some(({ count }) => count > 1) ? 'prefill' : 'decode')
      const hidden = computePieces(decoder, cache, pieces) // [N, C]
      const tokens = await nextTokens(decoder, hidden, running, options)
      const ended = new Set<Sequence>()
      for (const [i, sequence] of running.entries()) {
        extend(sequence, tokens[i])
        const finishReason = finishOf(sequence, options)
        const { row, sample, tokens: tokenIds } = sequence
        if (finishReason) ended.add(sequence)
        else if (!options.isShown?.(row, sample)) continue
        yield { row, sample, tokenIds, finishReason }
      }
      schedule.leave(ended)
      stage('other')
      await setImmediate() // process a pending cancel message
    }
  } finally {
    cache.dispose()
  }
}

/** Sample one token for each running sequence; their states are the last rows of `hidden`. Frees the states. */
async function nextTokens(decoder: Decoder, hidden: Operand, running: readonly Sequence[], options: GenerateOptions): Promise<number[]> {
  if (running.length === 0) {
    hidden.tensor.dispose() // part of a long prompt
    return []
  }
  const logits = tidy(() => {
    const first = hidden.tensor.shape[0] - running.length
    const rows = tf.tensor1d(
      running.map((_, i) => first + i),
      'int32',
    )
    const early = running.flatMap(({ tokens }, i) => (tokens.length < options.sampling.minNewTokens ? [i] : []))
    return ban(timesTransposed(takeOperand(hidden, rows), decoder.weights.head.operand), early, options.stopTokens) // [S, V]
  })
  hidden.tensor.dispose()
  try {
    stage('sampling')
    const { uniform } = generators[options.random ?? 'philox']
    const draws = running.map(({ seed, tokens }) => uniform(seed, tokens.length))
    return await sampleTokens(logits, draws, options.sampling)
  } finally {
    logits.tensor.dispose()
  }
}

function finishOf(
  { row, sample, tokens }: Sequence,
  { sampling, stopTokens, isFinished, room }: GenerateOptions,
): Generated['finishReason'] {
  if (stopTokens.includes(tokens.at(-1) as number) || isFinished?.(row, sample, tokens)) return 'stop'
  return tokens.length >= Math.min(sampling.maxNewTokens, room?.(row) ?? Number.POSITIVE_INFINITY) ? 'length' : null
}

/** Mask tokens in some rows of logits [S, V]. Consumes the logits. */
function ban(logits: Operand, rows: readonly number[], tokens: readonly number[]): Operand {
  const [S, V] = logits.tensor.shape as [number, number]
  const known = [...new Set(tokens)].filter((token) => token < V)
  const places = rows.flatMap((row) => known.map((token) => row * V + token))
  if (places.length === 0) return logits
  const impossible = operand(tf.fill([places.length, 1], -1e9), logits.precision)
  const banned = writeRows(reshapeOperand(logits, [S * V, 1]), impossible, tf.tensor2d(places, [places.length, 1], 'int32'), 0)
  return reshapeOperand(banned, [S, V])
}
