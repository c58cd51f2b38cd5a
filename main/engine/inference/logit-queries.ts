import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { type Operand, reshapeOperand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { HEAD_CHUNK } from '../batch-limits.ts'
import { scoreLogits } from '../kernels/token-scores.ts'
import type { Decoder } from '../model/decoder.ts'
import { logitsOf } from '../model/head.ts'
import { checkFinite } from './finite.ts'

/** A question about a token's hidden state: the probability of given next tokens, or the mostLikely ones. */
export type Ask = AskTokens | AskTop

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
  for (let from = 0; from < places.length; from += HEAD_CHUNK) {
    const chunk = places.slice(from, from + HEAD_CHUNK)
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
    const { logprobs } = scoreLogits(logits, tf.tensor1d(scored, 'int32')) // [M]
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
