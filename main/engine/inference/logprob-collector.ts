import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { rowsThatFit } from '../backends/device-state.ts'
import { type Operand, reshapeOperand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { HEAD_CHUNK } from '../batch-limits.ts'
import { scoreLogits, targetTokens } from '../kernels/token-scores.ts'
import type { Decoder } from '../model/decoder.ts'
import { logitsOf } from '../model/head.ts'
import type { CachedSegment, Piece, RadixCache } from './radix-cache.ts'
import { checkFinite } from './sampler.ts'

/** A question about a token's hidden state: the probability of given next tokens, or the most likely ones. */
type Ask = AskTokens | AskTop

interface AskTokens {
  readonly tokens: readonly number[]
  readonly answer: (logprobs: number[]) => void
}

interface AskTop {
  readonly top: number
  readonly answer: (logprobs: number[], ids: number[]) => void
}

/** `place`: the state's row among hidden states. */
export type Question = Ask & { readonly place: number }

interface InRow {
  readonly row: number // row of the current logits
}

/**
 * Answer questions about hidden states [N, C]. States without questions cost nothing; each of the others costs one row of logits, however
 * many questions.
 */
export async function answerQuestions(decoder: Decoder, hidden: Operand, questions: readonly Question[]): Promise<void> {
  const places = [...new Set(questions.map(({ place }) => place))]
  const rowOf = new Map(places.map((place, row) => [place, row]))
  const rows = rowsThatFit(decoder.config.vocabulary, HEAD_CHUNK)
  for (let from = 0; from < places.length; from += rows) {
    const chunk = places.slice(from, from + rows)
    const logits = tidy(() => logitsOf(decoder.weights.head, takeOperand(hidden, int32(chunk)))) // [M, V]
    try {
      const asked = questions.map((question) => ({ ...question, row: (rowOf.get(question.place) as number) - from }))
      const here = asked.filter(({ row }) => row >= 0 && row < chunk.length)
      await answerTop(
        logits,
        here.filter((question) => 'top' in question),
      )
      await answerTokens(
        logits,
        here.filter((question) => 'tokens' in question),
      )
    } finally {
      logits.tensor.dispose()
    }
  }
}

async function answerTop(logits: Operand, asked: readonly (AskTop & InRow)[]): Promise<void> {
  if (asked.length === 0) return
  const width = asked.reduce((most, { top }) => Math.max(most, top), 0)
  const best = tidy(() => tf.topk(tf.logSoftmax(widen(takeOperand(logits, int32(asked.map(({ row }) => row))))), width))
  const [logprobs, ids] = await Promise.all([best.values.data(), best.indices.data()])
  tf.dispose([best.values, best.indices])
  checkFinite(logprobs)
  asked.forEach(({ top, answer }, i) => {
    const mine = (values: ArrayLike<number>): number[] => Array.from({ length: top }, (_, k) => values[i * width + k])
    answer(mine(logprobs), mine(ids))
  })
}

/** The kernel scores one token per row; the other tokens' log-probabilities follow from differences of logits. Consumes the logits. */
async function answerTokens(logits: Operand, asked: readonly (AskTokens & InRow)[]): Promise<void> {
  if (asked.length === 0) return
  const [M, V] = logits.tensor.shape as [number, number]
  const pairs = asked.flatMap(({ row, tokens }) => tokens.map((token) => ({ row, token })))
  const scored = new Int32Array(M)
  for (const { row, token } of pairs) scored[row] = token
  const result = tidy(() => {
    const own = pick(
      logits,
      pairs.map(({ row, token }) => row * V + token),
    ) // [pairs]
    const other = pick(
      logits,
      pairs.map(({ row }) => row * V + scored[row]),
    ) // [pairs]
    const { logprobs } = scoreLogits(logits, targetTokens([...scored])) // [M]
    return tf.add(tf.sub(own, other), tf.gather(logprobs, int32(pairs.map(({ row }) => row))))
  })
  const logprobs = await result.data<'float32'>()
  result.dispose()
  checkFinite(logprobs)
  let next = 0
  for (const { tokens, answer } of asked) {
    answer([...logprobs.subarray(next, next + tokens.length)])
    next += tokens.length
  }
}

/** Single values of logits [M, V], by flat index. */
const pick = (logits: Operand, places: readonly number[]): Tensor =>
  tf.reshape(widen(takeOperand(reshapeOperand(logits, [logits.tensor.size, 1]), int32(places))), [-1])

const int32 = (values: readonly number[]): tf.Tensor1D => tf.tensor1d([...values], 'int32')

/** A text to score, and positions at which to score given tokens. */
export interface ScoreRow {
  readonly ids: readonly number[]
  /** log p of each choice as the token AT each position (1 .. length; length: the token after the end). */
  readonly at?: { readonly positions: readonly number[]; readonly choices: readonly number[] }
}

/** Requested outputs for all texts. */
export interface Wanted {
  /** Number of most likely next tokens to return after the last token. */
  readonly top: number
  /** Leave `tokenLogprobs` empty if only choices or the top are needed, which saves most of the head's work. */
  readonly choicesOnly?: boolean
}

export interface Scored {
  readonly row: number
  readonly tokenLogprobs: number[] // log p of tokens 2..n
  readonly topIds: number[]
  readonly topLogprobs: number[]
  readonly choiceLogprobs?: number[][] // [position][choice]
}

/** Log-probabilities of a set of texts, filled in as their pieces are computed, in any order. Shared prefixes are scored once. */
export class LogprobCollector {
  readonly #rows: readonly ScoreRow[]
  readonly #ends: readonly CachedSegment[]
  readonly #followers: ReadonlyMap<CachedSegment | null, readonly CachedSegment[]>
  readonly #wantsTokens: boolean
  /** Per segment: its tokens' log-probabilities, once known. */
  readonly #logprobs = new Map<CachedSegment, number[]>()
  /** Extra questions, by segment and position. */
  readonly #asks = new Map<CachedSegment, Map<number, Ask[]>>()
  readonly #tops: Pick<Scored, 'topIds' | 'topLogprobs'>[] = []
  readonly #choices: number[][][] = []

  constructor(rows: readonly ScoreRow[], { ends, segments }: RadixCache, { top, choicesOnly }: Wanted) {
    this.#rows = rows
    this.#ends = ends
    this.#followers = Map.groupBy(segments, ({ parent }) => parent)
    this.#wantsTokens = !choicesOnly
    rows.forEach((_, row) => {
      this.#askTop(row, top)
      this.#askChoices(row)
    })
  }

  /** Questions about the pieces' tokens, whose states are consecutive. */
  questions(pieces: readonly Piece[]): Question[] {
    const questions: Question[] = []
    let place = 0
    for (const { segment, from, count } of pieces) {
      for (let i = 0; i < count; i++, place++) {
        for (const ask of this.#asksAt(segment, from + i)) questions.push({ ...ask, place })
      }
    }
    return questions
  }

  /** Result of a row whose pieces have all been computed. */
  scored(row: number): Scored {
    const logprobs = this.#wantsTokens ? this.#ends[row].path.flatMap((segment) => this.#logprobsOf(segment)).slice(1) : []
    return { row, tokenLogprobs: logprobs, ...this.#tops[row], ...(this.#rows[row].at && { choiceLogprobs: this.#choices[row] }) }
  }

  #asksAt(segment: CachedSegment, token: number): Ask[] {
    return [...(this.#wantsTokens ? this.#nextTokens(segment, token) : []), ...(this.#asks.get(segment)?.get(token) ?? [])]
  }

  /** What can follow this token: the segment's next token, or the first token of each child segment. */
  #nextTokens(segment: CachedSegment, token: number): Ask[] {
    const next =
      token + 1 < segment.tokens.length
        ? [{ segment, token: token + 1 }]
        : (this.#followers.get(segment) ?? []).map((follower) => ({ segment: follower, token: 0 }))
    return next.map(({ segment, token }) => ({
      tokens: [segment.tokens[token]],
      answer: (logprobs: number[]) => {
        this.#logprobsOf(segment)[token] = logprobs[0]
      },
    }))
  }

  #askTop(row: number, top: number): void {
    this.#tops[row] = { topIds: [], topLogprobs: [] }
    if (top === 0) return
    const answer = (topLogprobs: number[], topIds: number[]) => {
      this.#tops[row] = { topIds, topLogprobs }
    }
    this.#ask(row, this.#rows[row].ids.length - 1, { top, answer })
  }

  #askChoices(row: number): void {
    const { positions, choices } = this.#rows[row].at ?? { positions: [], choices: [] }
    this.#choices[row] = positions.map(() => [])
    if (choices.length === 0) return
    positions.forEach((position, p) => {
      const answer = (logprobs: number[]) => {
        this.#choices[row][p] = logprobs
      }
      this.#ask(row, position - 1, { tokens: choices, answer })
    })
  }

  /** Add a question about the state of a row's token. */
  #ask(row: number, token: number, ask: Ask): void {
    let segment = this.#ends[row]
    while (segment.parent && token < segment.depth) segment = segment.parent
    const asks = this.#asks.get(segment) ?? new Map<number, Ask[]>()
    this.#asks.set(segment, asks.set(token - segment.depth, [...(asks.get(token - segment.depth) ?? []), ask]))
  }

  #logprobsOf(segment: CachedSegment): number[] {
    const logprobs = this.#logprobs.get(segment) ?? new Array<number>(segment.tokens.length).fill(Number.NaN)
    this.#logprobs.set(segment, logprobs)
    return logprobs
  }
}
