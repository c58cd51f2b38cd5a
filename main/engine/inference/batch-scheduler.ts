import { CACHE_BLOCK } from '../batch-limits.ts'
import { BlockPool, blocksFor } from './kv-cache.ts'
import { blocksOf, CachedSegment, completeNext, type Piece, radixCache } from './radix-cache.ts'

/** A prompt and one seed per requested response. */
export interface GenerateRow {
  readonly promptIds: readonly number[]
  readonly seeds: readonly number[]
}

/** A response being generated. */
export interface Sequence {
  readonly row: number
  readonly sample: number
  readonly seed: number
  readonly tokens: number[] // generated so far
  /** Last prefix segment of its prompt, without the prompt's last token. */
  readonly prompt: CachedSegment
  /** Tokens that only this sequence uses: the prompt's last token, whose state predicts the first response token, then the response. */
  readonly own: CachedSegment
}

/** Append a token to a response. It is computed in the next pass, unless the sequence ends first. */
export function extend({ tokens, own }: Sequence, token: number): void {
  tokens.push(token)
  own.tokens.push(token)
}

export interface Limits {
  /** Sequences in flight. */
  readonly batch: number
  /** Prompt tokens per pass. */
  readonly passTokens: number
  readonly maxNewTokens: number
}

/**
 * Continuous batching: decides which tokens to compute next. As soon as a sequence ends, the next prompt is prefilled in the same pass as
 * the running sequences' tokens, which keeps passes large. Prompts are queued in prefix-tree order, so a shared prefix is computed once and
 * freed after its last user, even if its users don't all fit at the same time.
 */
export class Schedule {
  readonly pool = new BlockPool()
  /** The most slots needed at any time. */
  readonly mostSlots: number
  readonly #limits: Limits
  readonly #waiting: Sequence[] // the next one is last
  #running: Sequence[] = []

  constructor(rows: readonly GenerateRow[], limits: Limits) {
    const { ends, order, segments } = radixCache(
      rows.map(({ promptIds }) => promptIds.slice(0, -1)),
      this.pool,
    )
    const sequences = order.flatMap((row) => rows[row].seeds.map((seed, sample) => this.#sequence(rows[row], row, sample, seed, ends[row])))
    this.#limits = limits
    this.#waiting = sequences.reverse()
    const inFlight = Math.min(limits.batch, sequences.length)
    const prompts = Math.min(blocksOf(segments), inFlight * Math.max(0, ...ends.map(({ path }) => blocksOf(path))))
    this.mostSlots = CACHE_BLOCK * (prompts + inFlight * blocksFor(limits.maxNewTokens))
  }

  get isDone(): boolean {
    return this.#running.length + this.#waiting.length === 0
  }

  /** Pieces of the next pass. The last ones are the running sequences' newest tokens, one each, whose states predict the next tokens. */
  next(): { pieces: Piece[]; running: readonly Sequence[] } {
    const room = this.#limits.batch - this.#running.length
    const { pieces, complete } = completeNext(this.#waiting, ({ prompt }) => prompt, this.#limits.passTokens, room)
    this.#running.push(...complete)
    return { pieces: [...pieces, ...this.#running.map(({ own }) => own.nextPiece(1))], running: this.#running }
  }

  /** Remove finished sequences to make room. */
  leave(ended: ReadonlySet<Sequence>): void {
    for (const sequence of ended) sequence.own.leave()
    this.#running = this.#running.filter((sequence) => !ended.has(sequence))
  }

  #sequence({ promptIds }: GenerateRow, row: number, sample: number, seed: number, prompt: CachedSegment): Sequence {
    const own = new CachedSegment(promptIds.slice(-1), prompt, this.pool)
    own.use()
    return { row, sample, seed, tokens: [], prompt, own }
  }
}
