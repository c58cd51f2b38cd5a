import { setImmediate } from 'node:timers/promises'
import { stopped } from '../../shared/errors.ts'
import { stage } from '../backends/profiler.ts'
import { CACHE_BLOCK, PASS_TOKENS } from '../batch-limits.ts'
import type { LoadedModel } from '../model/load-model.ts'
import { computePieces } from './decode.ts'
import { BlockPool, KvCache } from './kv-cache.ts'
import { answerQuestions, LogprobCollector, type Scored, type ScoreRow, type Wanted } from './logprob-collector.ts'
import { blocksOf, completeNext, radixCache } from './radix-cache.ts'

export type { Scored, ScoreRow } from './logprob-collector.ts'

export interface ScoreOptions extends Wanted {
  /** Tokens per pass. */
  readonly passTokens?: number
  readonly signal?: AbortSignal
}

/**
 * Log-probabilities of texts under the model, each yielded as soon as it is known. Shared prefixes are computed once: rows are processed in
 * prefix-tree order, in passes of bounded size, and prefixes that later rows share stay in the cache.
 */
export async function* score(
  { decoder }: Pick<LoadedModel, 'decoder'>,
  rows: readonly ScoreRow[],
  options: ScoreOptions,
): AsyncGenerator<Scored> {
  const pool = new BlockPool()
  const texts = radixCache(
    rows.map(({ ids }) => ids),
    pool,
  )
  for (const end of texts.ends) end.use()
  const sheet = new LogprobCollector(rows, texts, options)
  const cache = new KvCache(decoder, CACHE_BLOCK * blocksOf(texts.segments))
  const waiting = [...texts.order].reverse()
  try {
    while (waiting.length > 0) {
      if (options.signal?.aborted) throw stopped()
      stage('scoring')
      const { pieces, complete } = completeNext(waiting, (row) => texts.ends[row], options.passTokens ?? PASS_TOKENS)
      if (pieces.length > 0) {
        cache.hold(pool.slots)
        const hidden = computePieces(decoder, cache, pieces) // [N, C]
        await answerQuestions(decoder, hidden, sheet.questions(pieces)).finally(() => hidden.tensor.dispose())
      }
      for (const row of complete) {
        yield sheet.scored(row)
        texts.ends[row].leave()
      }
      await setImmediate() // process a pending cancel message
    }
  } finally {
    cache.dispose()
  }
}
