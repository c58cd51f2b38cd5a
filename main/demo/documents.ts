import { bosToken, eosToken, tokensOf } from './character-tokens.ts'
import { demonstrate } from './demonstration.ts'
import { type Draws, deriveSeed, drawsOf, drawTaskFor, promptOf, type Task } from './grammar.ts'
import { answerContext, type ReviewPart, reviewOf, reviewPrompt } from './review-text.ts'
import { verdicts } from './true-accuracy.ts'

/** One pre-training text as tokens, including BOS and EOS. `weights[i]` is the loss weight of predicting token i (the first is 0). */
export interface Document {
  readonly tokens: readonly number[]
  readonly weights: readonly number[]
}

/** Loss weights. Ticks and scores are rare among the characters, but they are what makes a judge. */
export const lossWeights = {
  /** Enough to learn to write prompts; most of their characters carry no new information. */
  generationPrompt: 0.1,
  reviewPrompt: 0.05,
  answer: 1,
  /** A reviewed answer built like the demonstrations: worth learning from too. */
  reviewedDemonstration: 0.5,
  tick: 3,
  digit: 3,
  echo: 0.3,
  /** Spaces, `Score: `, the line that requests a review, and EOS. */
  frame: 0.1,
} as const

const partWeight: Readonly<Record<ReviewPart, number>> = {
  tick: lossWeights.tick,
  digit: lossWeights.digit,
  echo: lossWeights.echo,
  frame: lossWeights.frame,
}

/** The document mix of one phase of pre-training. */
interface Mix {
  readonly generationShare: number
  /** Slip rate of demonstrations, which the model reproduces when sampled. */
  readonly slip: number
}
/** Mostly correct answers first, so that the task is learned at all; then sloppy ones, which leave the loop something to improve. */
const early: Mix = { generationShare: 0.25, slip: 0.03 }
const late: Mix = { generationShare: 0.2, slip: 0.17 }
const earlyPart = 0.3 // share of the training

const reviewedDemonstrationShare = 0.3 // of reviews; the others have more slips, so that every tick is often a minus
const reviewedSlips = [0.3, 0.5, 0.6]
/**
 * Near the end some ticks are flipped, so that the judge stays slightly unsure and its rewards separate the almost certain from the
 * certain.
 */
const flipProbability = 0.06
const flippedPart = 0.25

/** Document `index` of the stream for a seed, at training progress `progress` (0 .. 1). */
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

/** prompt, newline, `>`, answer. */
function generationDocument(task: Task, answer: string): Document {
  const context = answerContext(promptOf(task))
  return assemble(
    [
      [context, constant(lossWeights.generationPrompt, context.length)],
      [answer, constant(lossWeights.answer, answer.length)],
    ],
    lossWeights.answer,
  )
}

/** prompt, newline, `>`, answer, newline, `Review`, newline, `>`, review. */
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
