import { deriveSeed } from '../common/random.ts'
import { bosToken, eosToken, tokensOf } from './character-tokens.ts'
import { demonstrate } from './demonstration.ts'
import { type Draws, drawsOf } from './draws.ts'
import { drawTaskFor, promptOf, type Task } from './grammar.ts'
import { verdicts } from './program-check.ts'
import { answerContext, type ReviewPart, reviewOf, reviewPrompt } from './review-text.ts'

/** One pre-training text as tokens, BOS and EOS included. `weights[i]` is the loss weight of predicting token i (the first is 0). */
export interface Document {
  readonly tokens: readonly number[]
  readonly weights: readonly number[]
}

/** What is weighted how. Ticks and scores are few among many characters, and they are what makes a judge. */
export const lossWeights = {
  /** Enough to learn to write prompts, most of whose characters say nothing new. */
  generationPrompt: 0.1,
  reviewPrompt: 0.05,
  answer: 1,
  /** An answer built like the demonstrations, under review: worth learning from too. */
  reviewedDemonstration: 0.5,
  tick: 3,
  digit: 3,
  echo: 0.3,
  /** Spaces, `Score: `, the line that asks for a review, and the end. */
  frame: 0.1,
} as const

const partWeight: Readonly<Record<ReviewPart, number>> = {
  tick: lossWeights.tick,
  digit: lossWeights.digit,
  echo: lossWeights.echo,
  frame: lossWeights.frame,
}

/** One stretch of the pre-training. */
interface Mix {
  readonly generationShare: number
  /** Slips in demonstrations: what the model will itself do when it is sampled. */
  readonly slip: number
}
/** First mostly right answers, so that the task is learned at all; then answers as sloppy as a crowd's, which leave the loop something to improve. */
const early: Mix = { generationShare: 0.25, slip: 0.03 }
const late: Mix = { generationShare: 0.2, slip: 0.17 }
const earlyPart = 0.3 // of the training

const reviewedDemonstrationShare = 0.3 // of reviews; the others are of answers with more slips, so that each tick is often a minus
const reviewedSlips = [0.3, 0.5, 0.6]
/** Towards the end a tick is wrong now and then: the judge stays a little unsure, and its rewards keep apart what is nearly certain from what is. */
const flipProbability = 0.06
const flippedPart = 0.25

/** Document number `index` of the stream a seed gives, when `progress` (0 .. 1) of the training is done. */
export function pretrainingDocument(seed: number, index: number, progress: number): Document {
  const draws = drawsOf(deriveSeed(seed, 'document', index))
  const task = drawTaskFor('training', draws)
  const mix = progress < earlyPart ? early : late
  if (draws.chance(mix.generationShare)) return generationDocument(task, demonstrate(task, mix.slip, draws))
  const ownKind = draws.chance(reviewedDemonstrationShare)
  const answer = demonstrate(task, ownKind ? mix.slip : draws.pick(reviewedSlips), draws)
  return reviewDocument(task, answer, ticksFor(task, answer, progress, draws), ownKind ? lossWeights.reviewedDemonstration : 0)
}

function ticksFor(task: Task, answer: string, progress: number, draws: Draws): boolean[] {
  const truth = verdicts(task, answer)
  return progress < 1 - flippedPart ? truth : truth.map((tick) => (draws.chance(flipProbability) ? !tick : tick))
}

/** prompt newline `>` answer. */
export function generationDocument(task: Task, answer: string): Document {
  const context = answerContext(promptOf(task))
  return assemble(
    [
      [context, constant(lossWeights.generationPrompt, context.length)],
      [answer, constant(lossWeights.answer, answer.length)],
    ],
    lossWeights.answer,
  )
}

/** prompt newline `>` answer newline `Review` newline `>` review. */
export function reviewDocument(task: Task, answer: string, ticks: readonly boolean[], answerWeight: number): Document {
  const prompt = promptOf(task)
  const beforeAnswer = answerContext(prompt)
  const afterAnswer = answerContext(reviewPrompt(prompt, answer)).slice(beforeAnswer.length + answer.length)
  const review = reviewOf(task, ticks)
  return assemble(
    [
      [beforeAnswer, constant(lossWeights.reviewPrompt, beforeAnswer.length)],
      [answer, constant(answerWeight, answer.length)],
      [afterAnswer, constant(lossWeights.frame, afterAnswer.length)],
      [review.text, review.parts.map((part) => partWeight[part])],
    ],
    lossWeights.frame,
  )
}

const constant = (value: number, count: number): number[] => new Array<number>(count).fill(value)

function assemble(pieces: readonly (readonly [text: string, weights: readonly number[]])[], endWeight: number): Document {
  const text = pieces.map(([piece]) => piece).join('')
  return { tokens: [bosToken, ...tokensOf(text), eosToken], weights: [0, ...pieces.flatMap(([, weights]) => weights), endWeight] }
}
