import { CACHE_BLOCK } from '../../portions.ts'
import { BlockPool, blocksFor } from './block-pool.ts'
import { blocksOf, CachedSegment, cachedTexts, completeNext, type Piece } from './cached-segment.ts'

/** A prompt and one seed per response wanted. */
export interface GenerateRow {
  readonly promptIds: readonly number[]
  readonly seeds: readonly number[]
}

/** A response in the making. */
export interface Sequence {
  readonly row: number
  readonly sample: number
  readonly seed: number
  readonly tokens: number[] // generated so far
  /** Where its prompt ends, the last token left out. */
  readonly prompt: CachedSegment
  /** What of its text belongs to it alone: the prompt's last token, whose state predicts the first of the response, then the response. */
  readonly own: CachedSegment
}

/** Add a token to a response. It is computed in the next pass, unless the sequence leaves before. */
export function extend({ tokens, own }: Sequence, token: number): void {
  tokens.push(token)
  own.tokens.push(token)
}

export interface Limits {
  /** Sequences in flight at once. */
  readonly batch: number
  /** Tokens of prompts computed in one pass. */
  readonly passTokens: number
  readonly maxNewTokens: number
}

/**
 * Which tokens to compute next. Sequences come and go one by one: as soon as one has ended, the next prompt is computed along with the tokens
 * of those that run, so no pass is smaller than the work at hand allows. Prompts are waited for in the order of their tree, so a
 * beginning that many share is computed once and leaves the cache with its last user, even where they do not all fit at once.
 */
export class Schedule {
  readonly pool = new BlockPool()
  /** Slots that will be needed at most. */
  readonly mostSlots: number
  readonly #limits: Limits
  readonly #waiting: Sequence[] // the next one last
  #running: Sequence[] = []

  constructor(rows: readonly GenerateRow[], limits: Limits) {
    const { ends, order, segments } = cachedTexts(
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

  /** The pieces of the next pass. The last ones are the newest tokens of the running sequences, one each: whose states predict the next. */
  next(): { pieces: Piece[]; running: readonly Sequence[] } {
    const room = this.#limits.batch - this.#running.length
    const { pieces, complete } = completeNext(this.#waiting, ({ prompt }) => prompt, this.#limits.passTokens, room)
    this.#running.push(...complete)
    return { pieces: [...pieces, ...this.#running.map(({ own }) => own.nextPiece(1))], running: this.#running }
  }

  /** Sequences that have ended make room. */
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
