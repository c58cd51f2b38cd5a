import { generators } from '../common/random.ts'
import type { AnswerFlaw } from '../shared/answer-flaws.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'
import type { AnswerPair } from './answer-pairs.ts'

interface Answered {
  readonly prompt: string
  readonly response: string
}

interface MadePair extends AnswerPair {
  readonly flaw: AnswerFlaw
}

/**
 * Pairs whose order is known by construction: each answer against a spoiled copy, one pair for every flaw that it can have. What is drawn
 * depends on the seed and on the example's place.
 */
export function madePairs(
  examples: readonly Answered[],
  flaws: readonly AnswerFlaw[],
  { seed, random }: { readonly seed: number; readonly random: RandomGeneratorName },
): MadePair[] {
  const { deriveSeed, uniform } = generators[random]
  return examples.flatMap(({ prompt, response }, place) =>
    flaws.flatMap((flaw): MadePair[] => {
      const drawn = deriveSeed(seed, flaw, place)
      const draw = (counter: number): number => uniform(drawn, counter)
      const worse = flaw === 'other-prompt' ? otherAnswer(examples, place, draw) : spoilers[flaw](response, draw)
      return worse === null || worse.trim() === response.trim() ? [] : [{ prompt, better: response, worse, flaw }]
    }),
  )
}

/** Uniform in [0, 1), by its number. */
type Draw = (counter: number) => number

function otherAnswer(examples: readonly Answered[], place: number, draw: Draw): string | null {
  if (examples.length < 2) return null
  return examples[(place + 1 + Math.floor(draw(0) * (examples.length - 1))) % examples.length].response
}

/** Null: the answer is too short for it. */
const spoilers: Readonly<Record<Exclude<AnswerFlaw, 'other-prompt'>, (text: string, draw: Draw) => string | null>> = {
  truncated,
  repeated,
  shuffled,
}

/** The share that a truncated answer keeps. A repetition lengthens an answer by the inverse, so that neither length gives a flaw away. */
const keptShare = (draw: Draw): number => 0.3 + 0.5 * draw(0)

/** Keeps 30 to 80 % of the words. */
function truncated(text: string, draw: Draw): string | null {
  const words = text.match(/\S+\s*/g) ?? []
  const count = Math.max(1, Math.floor(keptShare(draw) * words.length))
  return words.length < 4 ? null : words.slice(0, count).join('').trimEnd()
}

/** Most copies of a repeated sentence. */
const copies = 8

/** Repeats a sentence, often enough to make the answer up to about three times as long. */
function repeated(text: string, draw: Draw): string | null {
  const parts = sentencesOf(text)
  if (parts.length === 0) return null
  const { sentence } = parts[Math.floor(draw(1) * parts.length)]
  const place = parts.findIndex((part) => part.sentence === sentence)
  const missing = text.length / keptShare(draw) - text.length
  const times = Math.min(copies, Math.max(1, Math.round(missing / (sentence.length + 1))))
  const more = Array.from({ length: times }, () => ` ${sentence}`).join('')
  return parts.map((part, i) => `${part.sentence}${i === place ? more : ''}${part.gap}`).join('')
}

/** Puts the sentences in another order; what separates them stays in place. */
function shuffled(text: string, draw: Draw): string | null {
  const parts = sentencesOf(text)
  if (parts.length < 3) return null
  const order = parts.map((_, i) => i)
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw(i) * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  const isSame = order.every((from, i) => parts[from].sentence === parts[i].sentence)
  const drawn = isSame ? [...order.slice(1), order[0]] : order
  return parts.map(({ gap }, i) => parts[drawn[i]].sentence + gap).join('')
}

interface Sentence {
  readonly sentence: string
  /** The white space that follows. */
  readonly gap: string
}

/** The sentences and lines of a text. */
function sentencesOf(text: string): Sentence[] {
  const pieces = text.trim().split(/(\s+)/) // words and, between them, white space
  const sentences: Sentence[] = []
  let start = 0
  for (let i = 0; i < pieces.length; i += 2) {
    const gap = pieces[i + 1] ?? ''
    if (gap !== '' && !gap.includes('\n') && !/[.!?]["')\]]{0,3}$/.test(pieces[i])) continue
    sentences.push({ sentence: pieces.slice(start, i + 1).join(''), gap })
    start = i + 2
  }
  return sentences
}
