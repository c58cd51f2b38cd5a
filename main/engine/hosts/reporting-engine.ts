import type { GenerateItem, ScoreItem, TrainItem } from '../../shared/engine-protocol.ts'
import type { Engine } from './engine.ts'

/** What an answered request took. */
export interface RequestUsage {
  readonly requests: number
  /** Requests that were sent again. */
  readonly retries: number
  readonly promptTokens: number
  readonly newTokens: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Adds up what requests used. */
export function usageSum() {
  const total = { requests: 0, retries: 0, promptTokens: 0, newTokens: 0, sentBytes: 0, receivedBytes: 0 }
  return {
    total: total as RequestUsage,
    add(usage: RequestUsage): void {
      for (const what of Object.keys(total) as (keyof RequestUsage)[]) total[what] += usage[what]
    },
  }
}

/** Tokens read and written. */
export interface TokenCount {
  promptTokens: number
  newTokens: number
}

export function countGenerated(count: TokenCount, { sample, promptTokens, tokenIds, newTokens }: GenerateItem): void {
  if (sample === 0) count.promptTokens += promptTokens // a prompt is read once for all of its samples
  count.newTokens += newTokens ?? tokenIds.length
}

export function countScored(count: TokenCount, { promptTokens, inputIds }: ScoreItem): void {
  count.promptTokens += promptTokens ?? inputIds.length
}

/** A step's number is of the training so far. */
function countTrained(count: TokenCount, item: TrainItem): void {
  if (item.kind === 'step') count.promptTokens = item.metrics.num_tokens ?? count.promptTokens
}

/**
 * An engine that reports what each request took, once it is complete. One that is interrupted is asked for again as a whole, so it would be
 * counted twice. What travels isn't known.
 */
export function reportingEngine(engine: Engine, onUsage: (usage: RequestUsage) => void): Engine {
  async function* counted<Item>(items: AsyncIterable<Item>, add: (count: TokenCount, item: Item) => void): AsyncGenerator<Item> {
    const count = { promptTokens: 0, newTokens: 0 }
    for await (const item of items) {
      add(count, item)
      yield item
    }
    onUsage({ requests: 1, retries: 0, ...count, sentBytes: 0, receivedBytes: 0 })
  }
  return {
    ...engine,
    generate: (params, options) => counted(engine.generate(params, options), countGenerated),
    score: (params, options) => counted(engine.score(params, options), countScored),
    train: (params, options) => counted(engine.train(params, options), countTrained),
  }
}
