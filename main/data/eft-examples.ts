import { generators } from '../common/random.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'
import type { RankedPrompt } from './imported.ts'

/** A judgement of an answer. The score is null if none could be parsed from the text. */
interface Judgement {
  readonly text: string
  readonly score: number | null
}

/** A human-ranked prompt with the SFT baseline's judgements of its answers. */
export interface JudgedPrompt {
  readonly ranked: RankedPrompt
  /** [answer][draw], answers in the order of `ranked.answers`, the same number of draws for each. */
  readonly judgements: readonly (readonly Judgement[])[]
}

/** An evaluation example: the judge prompt, the justification with its score to imitate, and their source. */
interface EftExample {
  readonly prompt: string
  readonly completion: string
  readonly score: number
  readonly instruction: string
  readonly answer: string
  readonly rank: number
  readonly draw: number
}

/** Two answers that the judge and the human ranking put in opposite order. */
interface Contradiction {
  readonly betterRank: number
  readonly betterScore: number
  readonly worseRank: number
  readonly worseScore: number
}

export type Agreement =
  | { readonly agrees: true }
  /** `unranked`: fewer than two parsed scores with different human ranks; `tied`: all relevant scores are equal. */
  | { readonly agrees: false; readonly reason: 'unranked' | 'tied' }
  | { readonly agrees: false; readonly reason: 'contradicts'; readonly contradiction: Contradiction }

/**
 * Whether scores agree with a human ranking (0 is the best rank). The paper accepts a judgement only if the ranking of its scores agrees,
 * but doesn't say what that means for ties. Here, over all pairs of answers with different ranks:
 *
 * - no pair may be in the opposite order;
 * - a tie alone is no contradiction (six scores can't order seven answers), but at least one pair must be in the human order: scores that
 *   are all equal agree with every ranking, hence with none;
 * - answers with the same rank may have any scores;
 * - a single answer, or answers of a single rank, have no order to agree with, so they don't count as agreeing.
 */
export function agreement(answers: readonly { readonly rank: number; readonly score: number }[]): Agreement {
  let ordered = 0
  let pairs = 0
  for (const better of answers) {
    for (const worse of answers) {
      if (better.rank >= worse.rank) continue
      pairs++
      if (better.score > worse.score) ordered++
      if (better.score < worse.score) {
        const contradiction = { betterRank: better.rank, betterScore: better.score, worseRank: worse.rank, worseScore: worse.score }
        return { agrees: false, reason: 'contradicts', contradiction }
      }
    }
  }
  if (ordered > 0) return { agrees: true }
  return { agrees: false, reason: pairs === 0 ? 'unranked' : 'tied' }
}

interface EftOptions {
  /** The judge prompt for an instruction and an answer. */
  readonly judgePrompt: (instruction: string, answer: string) => string
  /** Maximum share of examples with the most common score, in (0, 1]. */
  readonly maxScoreShare: number
  readonly seed: number
  readonly random: RandomGeneratorName
}

/** A dropped prompt, with the reason found in its first draw. */
interface DroppedPrompt {
  readonly instruction: string
  readonly agreement: Exclude<Agreement, { agrees: true }>
}

interface EftReport {
  readonly promptsKept: number
  readonly promptsDropped: readonly DroppedPrompt[]
  /** Judgements without a parsed score, over all draws. */
  readonly unreadable: number
  /** Examples dropped because they had the most common score. */
  readonly thinned: number
  /** Number of examples by score, before and after thinning. */
  readonly scoresBefore: Readonly<Record<string, number>>
  readonly scoresAfter: Readonly<Record<string, number>>
}

/**
 * EFT examples from human-ranked answers and their judgements (section 2.1 of the paper). Each draw judges all answers to a prompt once. A
 * prompt is kept or dropped as a whole, with the draw that agrees with the human ranking over the most answers (the first of equals).
 * Answers whose score couldn't be parsed in that draw give no example. The most common score is then downsampled.
 */
export function buildEft(prompts: readonly JudgedPrompt[], options: EftOptions): { examples: EftExample[]; report: EftReport } {
  const agreeing: EftExample[] = []
  const promptsDropped: DroppedPrompt[] = []
  let promptsKept = 0
  for (const prompt of prompts) {
    const best = bestDraw(prompt)
    if (best.agreement.agrees) {
      promptsKept++
      agreeing.push(...best.judged.map((answer) => exampleOf(prompt, answer, best.draw, options)))
    } else promptsDropped.push({ instruction: prompt.ranked.prompt, agreement: best.agreement })
  }
  const examples = thinMostCommon(agreeing, options.maxScoreShare, options)
  const unreadable = prompts.flatMap((prompt) => prompt.judgements.flat()).filter((judgement) => judgement.score === null).length
  const thinned = agreeing.length - examples.length
  const report = {
    promptsKept,
    promptsDropped,
    unreadable,
    thinned,
    scoresBefore: countScores(agreeing),
    scoresAfter: countScores(examples),
  }
  return { examples, report }
}

/**
 * Drops examples of the most common score (the smallest of equally common ones), drawn with the seed, until they are at most `maxShare` of
 * all examples. Stops at the count of the second most common score, below which that one would be the most common. If all examples have the
 * same score, no share can be reached, and all are kept. The order of the remaining examples doesn't change.
 */
export function thinMostCommon<T extends { readonly score: number }>(
  examples: readonly T[],
  maxShare: number,
  { seed, random }: Pick<EftOptions, 'seed' | 'random'>,
): T[] {
  const counts = [...countsOf(examples)].sort(([a, countA], [b, countB]) => countB - countA || a - b)
  if (counts.length < 2) return [...examples]
  const [[common, count], [, second]] = counts
  const others = examples.length - count
  const allowed = maxShare >= 1 ? count : Math.floor((maxShare * others) / (1 - maxShare) + 1e-9) // c / (c + others) <= maxShare
  if (count <= allowed) return [...examples]
  const places = examples.flatMap((example, i) => (example.score === common ? [i] : []))
  const { deriveSeed, permutation } = generators[random]
  const order = permutation(count, deriveSeed(seed, 'eft-thin'))
  const dropped = new Set(order.slice(Math.max(allowed, second)).map((i) => places[i]))
  return examples.filter((_, i) => !dropped.has(i))
}

interface JudgedAnswer {
  readonly index: number
  readonly rank: number
  readonly score: number
}

interface Draw {
  readonly draw: number
  readonly judged: readonly JudgedAnswer[]
  readonly agreement: Agreement
}

function bestDraw({ ranked, judgements }: JudgedPrompt): Draw {
  const count = Math.max(1, ...judgements.map((draws) => draws.length))
  const draws = Array.from({ length: count }, (_, draw): Draw => {
    const judged = ranked.answers.flatMap(({ rank }, index): JudgedAnswer[] => {
      const score = judgements[index]?.[draw]?.score ?? null
      return score === null ? [] : [{ index, rank, score }]
    })
    return { draw, judged, agreement: agreement(judged) }
  })
  const agreeing = draws.filter((draw) => draw.agreement.agrees)
  const most = Math.max(...agreeing.map((draw) => draw.judged.length))
  return agreeing.find((draw) => draw.judged.length === most) ?? draws[0]
}

function exampleOf({ ranked, judgements }: JudgedPrompt, answer: JudgedAnswer, draw: number, options: EftOptions): EftExample {
  const { text, rank } = ranked.answers[answer.index]
  return {
    prompt: options.judgePrompt(ranked.prompt, text),
    completion: judgements[answer.index][draw].text,
    score: answer.score,
    instruction: ranked.prompt,
    answer: text,
    rank,
    draw,
  }
}

function countsOf(examples: readonly { readonly score: number }[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { score } of examples) counts.set(score, (counts.get(score) ?? 0) + 1)
  return counts
}

const countScores = (examples: readonly { readonly score: number }[]): Record<string, number> => Object.fromEntries(countsOf(examples))
