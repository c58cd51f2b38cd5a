import { setImmediate } from 'node:timers/promises'
import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { stopped } from '../../../common/errors.ts'
import type { Sampling } from '../../protocol.ts'
import { tidy } from '../backend/tidy.ts'
import type { Decoder } from '../model/decoder.ts'
import { gatherRows } from '../model/embedding.ts'
import { logitsOf } from '../model/head.ts'
import type { LoadedModel } from '../model/load-model.ts'
import { stage } from '../stages.ts'
import { decodeStep, maskFor, prefill } from './decode.ts'
import { cacheOf, disposeCache, disposeEntries, type KvCache, keepSequences } from './kv-cache.ts'
import { sampleTokens } from './sampler.ts'

/** A prompt and one seed per response wanted. */
export interface GenerateRow {
  readonly promptIds: readonly number[]
  readonly seeds: readonly number[]
}

export interface GenerateOptions {
  readonly sampling: Sampling
  /** Sequences in flight at once. */
  readonly batch: number
  readonly stopTokens: readonly number[]
  /** Ends a sequence early, for instance at a stop text; asked after each token. */
  readonly isFinished?: (row: number, sample: number, tokenIds: readonly number[]) => boolean
  readonly signal?: AbortSignal
}

export interface Generated {
  readonly row: number
  readonly sample: number
  readonly tokenIds: number[] // the stop token included
  readonly finishReason: 'stop' | 'length'
}

/** Ended sequences leave when at most this share goes on: leaving copies the cache, staying computes for nothing. */
const KEPT_SHARE = 0.75

interface Sequence {
  readonly row: number
  readonly sample: number
  readonly seed: number
  readonly tokens: number[]
  finish: Generated['finishReason'] | null
}

/**
 * Sample responses. Each prompt is computed once, however many responses it gets; sequences that have ended are yielded
 * at once and leave the batch. A response depends on its prompt, its seed and the sampling alone (up to the rounding of
 * products whose size differs).
 */
export async function* generate(model: LoadedModel, rows: readonly GenerateRow[], options: GenerateOptions): AsyncGenerator<Generated> {
  for (const group of groupsOf(rows, options.batch)) yield* generateGroup(model.decoder, rows, group, options)
}

/** Rows in order, as many as fit into the batch; a row's samples stay together where they can. */
function groupsOf(rows: readonly GenerateRow[], batch: number): Sequence[][] {
  const groups: Sequence[][] = []
  let group: Sequence[] = []
  rows.forEach(({ seeds }, row) => {
    if (group.length && group.length + seeds.length > batch) {
      groups.push(group)
      group = []
    }
    seeds.forEach((seed, sample) => {
      if (group.length === batch) {
        groups.push(group)
        group = []
      }
      group.push({ row, sample, seed, tokens: [], finish: null })
    })
  })
  return group.length ? [...groups, group] : groups
}

async function* generateGroup(
  decoder: Decoder,
  rows: readonly GenerateRow[],
  group: Sequence[],
  options: GenerateOptions,
): AsyncGenerator<Generated> {
  const { config, weights } = decoder
  stage('prefill')
  const started = start(decoder, rows, group)
  let { hidden, cache } = started
  let active = group
  let mask = maskFor(decoder, cache)
  try {
    for (let step = 0; ; step++) {
      if (options.signal?.aborted) throw stopped()
      const logits = tidy(() => banned(logitsOf(weights.head, hidden), step < options.sampling.minNewTokens ? options.stopTokens : []))
      hidden.dispose()
      const draws = active.map(({ seed }) => ({ seed, step }))
      stage('sampling')
      const tokens = await sampleTokens(logits, draws, options.sampling)
      logits.dispose()
      for (const [i, sequence] of active.entries()) {
        if (sequence.finish) continue
        advance(sequence, tokens[i], options)
        if (sequence.finish) yield { row: sequence.row, sample: sequence.sample, tokenIds: sequence.tokens, finishReason: sequence.finish }
      }
      const kept = active.flatMap(({ finish }, i) => (finish ? [] : [i]))
      if (kept.length === 0) return
      const leave = kept.length <= active.length * KEPT_SHARE
      if (leave) {
        cache = keepSequences(cache, kept)
        active = kept.map((i) => active[i])
      }
      if (leave || cache.recent === 0 || config.slidingWindow !== null) {
        mask.dispose()
        mask = maskFor(decoder, cache)
      }
      stage('decode')
      ;({ hidden, cache } = decodeStep(decoder, leave ? kept.map((i) => tokens[i]) : tokens, cache, mask))
      await setImmediate() // lets a stop message in
    }
  } finally {
    mask.dispose()
    hidden.dispose()
    disposeCache(cache)
  }
}

/** Compute the group's prompts, each once, and hand their states to the sequences. */
function start(decoder: Decoder, rows: readonly GenerateRow[], group: readonly Sequence[]): { hidden: Tensor; cache: KvCache } {
  const used = [...new Set(group.map(({ row }) => row))]
  const prompts = used.map((row) => rows[row].promptIds)
  const { hidden, entries } = prefill(decoder, prompts)
  const promptOf = group.map(({ row }) => used.indexOf(row))
  const cache = cacheOf(
    entries,
    promptOf,
    prompts.map((prompt) => prompt.length),
  )
  for (const entry of entries) disposeEntries(entry)
  const expanded = tidy(() => gatherRows({ tensor: hidden, precision: 'float32' }, tf.tensor1d(promptOf, 'int32')))
  hidden.dispose()
  return { hidden: expanded, cache }
}

function advance(sequence: Sequence, token: number, { sampling, stopTokens, isFinished }: GenerateOptions): void {
  sequence.tokens.push(token)
  if (stopTokens.includes(token) || isFinished?.(sequence.row, sequence.sample, sequence.tokens)) sequence.finish = 'stop'
  else if (sequence.tokens.length >= sampling.maxNewTokens) sequence.finish = 'length'
}

/** Logits with some tokens made impossible. */
function banned(logits: Tensor, tokens: readonly number[]): Tensor {
  if (tokens.length === 0) return logits
  const bias = new Float32Array(logits.shape[1] as number)
  for (const token of tokens) bias[token] = -1e9
  return logits.add(tf.tensor1d(bias))
}
