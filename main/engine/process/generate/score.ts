import { setImmediate } from 'node:timers/promises'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { stopped } from '../../../common/errors.ts'
import { tidy } from '../backend/tidy.ts'
import { type Decoder, decoderHidden } from '../model/decoder.ts'
import { gatherRows } from '../model/embedding.ts'
import { HEAD_CHUNK, logitsOf, scoreTokens } from '../model/head.ts'
import { disposeLayout, layOut } from '../model/layout.ts'
import type { LoadedModel } from '../model/load-model.ts'
import { stage } from '../stages.ts'

/** A text to be scored, and places at which the probability of some tokens is wanted. */
export interface ScoreRow {
  readonly ids: readonly number[]
  /** log p of each choice as the token AT each position (1 .. length; length: the token after the last). */
  readonly at?: { readonly positions: readonly number[]; readonly choices: readonly number[] }
}

export interface ScoreOptions {
  readonly top: number
  /** Rows computed at once. */
  readonly batch: number
  /** Leave `tokenLogprobs` empty, where only choices or the top are wanted: saves most of the head's work. */
  readonly choicesOnly?: boolean
  readonly signal?: AbortSignal
}

export interface Scored {
  readonly row: number
  readonly tokenLogprobs: number[] // log p of tokens 2..n
  readonly topIds: number[]
  readonly topLogprobs: number[]
  readonly choiceLogprobs?: number[][] // [position][choice]
}

/** At most this many tokens are computed at once, whatever `batch` says. */
const SCORE_TOKENS = 8192

/** Log-probabilities of texts under the model, batch by batch. */
export async function* score(model: LoadedModel, rows: readonly ScoreRow[], options: ScoreOptions): AsyncGenerator<Scored> {
  for (const batch of batchesOf(rows, options.batch)) {
    if (options.signal?.aborted) throw stopped()
    stage('scoring')
    yield* await scoreBatch(model.decoder, rows, batch, options)
    await setImmediate()
  }
}

function batchesOf(rows: readonly ScoreRow[], batch: number): number[][] {
  const batches: number[][] = []
  let tokens = 0
  rows.forEach(({ ids }, row) => {
    const last = batches.at(-1)
    if (!last || last.length === batch || tokens + ids.length > SCORE_TOKENS) {
      batches.push([row])
      tokens = ids.length
    } else {
      last.push(row)
      tokens += ids.length
    }
  })
  return batches
}

async function scoreBatch(decoder: Decoder, rows: readonly ScoreRow[], batch: readonly number[], options: ScoreOptions): Promise<Scored[]> {
  const texts = batch.map((row) => rows[row])
  const layout = layOut(
    texts.map(({ ids }) => ({ prompt: ids, continuations: [] })),
    decoder.config.slidingWindow,
  )
  const hidden = decoderHidden(decoder, layout)
  disposeLayout(layout)
  try {
    const tokens = options.choicesOnly ? texts.map(() => []) : await tokenLogprobs(decoder, hidden, texts, layout.starts)
    const tops = await topTokens(decoder, hidden, texts, layout.starts, options.top)
    const choices = await choiceLogprobs(decoder, hidden, texts, layout.starts)
    return batch.map((row, i) => ({ row, tokenLogprobs: tokens[i], ...tops[i], ...(choices[i] ? { choiceLogprobs: choices[i] } : {}) }))
  } finally {
    hidden.dispose()
  }
}

/** log p of every token but the first, of each row. */
async function tokenLogprobs(decoder: Decoder, hidden: Tensor, texts: readonly ScoreRow[], starts: readonly number[]): Promise<number[][]> {
  const wanted = texts.map(({ ids }) => ids.slice(1))
  const predictors = wanted.flatMap((targets, i) => targets.map((_, t) => starts[i] + t))
  const targets = wanted.flat()
  const logprobs: number[] = []
  for (let from = 0; from < targets.length; from += HEAD_CHUNK) {
    const chunk = tidy(() => {
      const states = take(hidden, predictors.slice(from, from + HEAD_CHUNK))
      return scoreTokens(decoder.weights.head, states, tf.tensor1d(targets.slice(from, from + HEAD_CHUNK), 'int32')).scores.logprobs
    })
    logprobs.push(...(await chunk.data<'float32'>()))
    chunk.dispose()
  }
  let next = 0
  return wanted.map(({ length }) => {
    next += length
    return logprobs.slice(next - length, next)
  })
}

/** The likeliest tokens after each row's last. */
async function topTokens(
  decoder: Decoder,
  hidden: Tensor,
  texts: readonly ScoreRow[],
  starts: readonly number[],
  count: number,
): Promise<Pick<Scored, 'topIds' | 'topLogprobs'>[]> {
  if (count === 0) return texts.map(() => ({ topIds: [], topLogprobs: [] }))
  const last = texts.map(({ ids }, i) => starts[i] + ids.length - 1)
  const top = tidy(() => tf.topk(tf.logSoftmax(logitsOf(decoder.weights.head, take(hidden, last))), count))
  const [logprobs, ids] = await Promise.all([top.values.data(), top.indices.data()])
  tf.dispose([top.values, top.indices])
  const rowOf = (values: ArrayLike<number>, i: number) => Array.from({ length: count }, (_, k) => values[i * count + k])
  return texts.map((_, i) => ({ topIds: rowOf(ids, i), topLogprobs: rowOf(logprobs, i) }))
}

/** log p of each row's choices at each of its positions; null where a row asks for none. */
async function choiceLogprobs(
  decoder: Decoder,
  hidden: Tensor,
  texts: readonly ScoreRow[],
  starts: readonly number[],
): Promise<(number[][] | null)[]> {
  const places = texts.flatMap(({ at }, i) =>
    (at?.positions ?? []).map((position) => ({ row: i, predictor: starts[i] + position - 1, choices: at?.choices ?? [] })),
  )
  const values = texts.map(({ at }): number[][] | null => (at ? [] : null))
  for (let from = 0; from < places.length; from += HEAD_CHUNK) {
    const chunk = places.slice(from, from + HEAD_CHUNK)
    const choices = [...new Set(chunk.flatMap((place) => place.choices))]
    const chosen = tidy(() => {
      const states = take(
        hidden,
        chunk.map(({ predictor }) => predictor),
      )
      return tf.gather(tf.logSoftmax(logitsOf(decoder.weights.head, states)), tf.tensor1d(choices, 'int32'), 1) // [places, choices]
    })
    const logprobs = (await chosen.array()) as number[][]
    chosen.dispose()
    chunk.forEach((place, p) => {
      values[place.row]?.push(place.choices.map((choice) => logprobs[p][choices.indexOf(choice)]))
    })
  }
  return values
}

const take = (hidden: Tensor, indices: readonly number[]): Tensor =>
  gatherRows({ tensor: hidden, precision: 'float32' }, tf.tensor1d([...indices], 'int32'))
