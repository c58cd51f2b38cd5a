import * as tf from '@tensorflow/tfjs'
import { takeOperand, widen } from '../../engine/process/backend/operand.ts'
import { tidy } from '../../engine/process/backend/tidy.ts'
import { type Decoder, layoutStates } from '../../engine/process/model/decoder.ts'
import { logitsOf } from '../../engine/process/model/head.ts'
import { layOut } from '../../engine/process/model/layout.ts'
import { tokensOf } from '../character-tokens.ts'
import { demonstrate } from '../demonstration.ts'
import { type Document, lossWeights, reviewDocument } from '../documents.ts'
import { drawsOf } from '../draws.ts'
import { parsePrompt, type Task } from '../grammar.ts'
import { type Requirement, requirements, trueScore, verdicts } from '../program-check.ts'
import { tickNo, tickYes } from '../review-text.ts'

const answersPerPrompt = 4 // as in the loop
const slip = 0.2 // about the mistakes of M0 itself
const batch = 100

/** How well a model's ticks tell right from wrong; shares in 0 .. 1. */
export interface JudgeQuality {
  /** Of the satisfied and of the broken requirements, how many got the right tick. */
  readonly satisfied: Readonly<Record<Requirement, number>>
  readonly broken: Readonly<Record<Requirement, number>>
  /** Answers of one prompt with different true scores: how often the better one gets the larger sum of p(+). */
  readonly pairwise: number
}

interface Judged {
  readonly task: Task
  readonly answer: string
  readonly positive: readonly number[] // p(+) / (p(+) + p(-)) of each requirement
}

/** Let a decoder tick answers made by the program. Echoes and earlier ticks are given, the ticks are the model's. */
export function judgeQuality(decoder: Decoder, prompts: readonly string[], seed: number): JudgeQuality {
  const draws = drawsOf(seed)
  const answers = prompts.flatMap((prompt) => {
    const task = parsePrompt(prompt)!
    return Array.from({ length: answersPerPrompt }, () => ({ task, answer: demonstrate(task, slip, draws) }))
  })
  const judged: Judged[] = []
  for (let i = 0; i < answers.length; i += batch) judged.push(...tick(decoder, answers.slice(i, i + batch)))
  return { satisfied: recognised(judged, true), broken: recognised(judged, false), pairwise: pairwiseAccuracy(judged) }
}

function tick(decoder: Decoder, answers: readonly { task: Task; answer: string }[]): Judged[] {
  const documents = answers.map(({ task, answer }) => reviewDocument(task, answer, verdicts(task, answer), 0))
  const positive = tickProbabilities(decoder, documents)
  const n = requirements.length
  return answers.map((answer, row) => ({ ...answer, positive: positive.slice(row * n, (row + 1) * n) }))
}

/** p(+) / (p(+) + p(-)) at every tick of the documents, in order. */
function tickProbabilities(decoder: Decoder, documents: readonly Document[]): number[] {
  const ticks = tokensOf(tickYes + tickNo)
  const layout = layOut(
    documents.map(({ tokens }) => tokens),
    { share: true },
  )
  const isTick = (token: number, weight: number): boolean => weight === lossWeights.tick && ticks.includes(token)
  const before = documents.flatMap(({ tokens, weights }, row) =>
    tokens.flatMap((token, i) => (isTick(token, weights[i]) ? [layout.places[row][i - 1]] : [])),
  )
  const probabilities = tidy(() => {
    const hidden = takeOperand(layoutStates(decoder, layout), tf.tensor1d(before, 'int32'))
    return tf.gather(widen(logitsOf(decoder.weights.head, hidden)), ticks, 1).softmax() // [ticks, 2]
  })
  const values = probabilities.dataSync()
  probabilities.dispose()
  return before.map((_, i) => values[2 * i])
}

function recognised(judged: readonly Judged[], truth: boolean): Record<Requirement, number> {
  const share = (i: number): number => {
    const cases = judged.filter(({ task, answer }) => verdicts(task, answer)[i] === truth)
    return cases.filter(({ positive }) => positive[i] > 0.5 === truth).length / cases.length
  }
  return Object.fromEntries(requirements.map((name, i) => [name, share(i)])) as Record<Requirement, number>
}

function pairwiseAccuracy(judged: readonly Judged[]): number {
  let right = 0
  let compared = 0
  const reward = ({ positive }: Judged): number => positive.reduce((sum, p) => sum + p, 0)
  for (let start = 0; start < judged.length; start += answersPerPrompt) {
    const group = judged.slice(start, start + answersPerPrompt)
    for (const better of group) {
      for (const worse of group) {
        if (trueScore(better.task, better.answer) <= trueScore(worse.task, worse.answer)) continue
        compared++
        if (reward(better) > reward(worse)) right++
      }
    }
  }
  return right / compared
}
