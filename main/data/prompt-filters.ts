import { promptKey } from './imported.ts'

/** The limits a new prompt must keep (the `filters` of a recipe's prompts; after Wang et al. 2022, Self-Instruct). */
export interface PromptFilters {
  readonly min_words: number
  readonly max_words: number
  readonly min_characters: number
  readonly max_characters: number
  /** Largest ROUGE-L F1 to any known prompt; 1 or more switches the comparison off. */
  readonly max_rouge_l: number
  /** Words, or phrases of words, that must not stand in a prompt. Whole words only: a plural is a keyword of its own. */
  readonly keywords: readonly string[]
  /** Texts a prompt must not start with. */
  readonly starts: readonly string[]
  readonly plain_start: boolean
}

/** An empty index of texts by ROUGE-L F1, in [0, 1]; `nearest` gives the first of the most similar ones, null where none is alike at all. */
export interface SimilarityIndex {
  add(text: string): void
  nearest(text: string): { readonly index: number; readonly score: number } | null
}

/** The most similar known prompt: kept with an accepted prompt as its provenance, with a rejected one as the proof. */
export interface Nearest {
  readonly prompt: string
  readonly rougeL: number
}

export const rejectionReasons = [
  'empty',
  'too-few-words',
  'too-many-words',
  'too-short',
  'too-long',
  'keyword',
  'forbidden-start',
  'not-plain-start',
  'duplicate',
  'too-similar',
] as const
export type RejectionReason = (typeof rejectionReasons)[number]

export interface AcceptedPrompt {
  readonly accepted: true
  /** Null where nothing known is alike at all, or the comparison is off. */
  readonly nearest: Nearest | null
}

export interface RejectedPrompt {
  readonly accepted: false
  readonly reason: RejectionReason
  /** The number, word or start that decided. */
  readonly detail: string
  readonly nearest: Nearest | null
}

export type PromptVerdict = AcceptedPrompt | RejectedPrompt

export interface PromptFilter {
  /** Judge a prompt against the limits and all known prompts; an accepted one becomes known. */
  offer(prompt: string): PromptVerdict
  /** Prompts accepted so far, in order. */
  readonly accepted: readonly string[]
}

/**
 * A filter that knows the seed prompts and, one by one, the prompts it accepts. What it says depends only on the order
 * of offers, so the same filter is had again by offering (or giving as seeds) the same prompts again.
 */
export function promptFilter(filters: PromptFilters, similar: SimilarityIndex, seeds: readonly string[]): PromptFilter {
  const known: string[] = []
  const learn = (prompt: string): void => {
    known.push(prompt)
    similar.add(prompt)
  }
  seeds.forEach(learn)
  const keys = new Set(seeds.map(promptKey))
  const accepted: string[] = []
  const limits = textLimits(filters)
  return {
    accepted,
    offer(prompt) {
      const broken = limits(prompt)
      if (broken !== undefined) return { accepted: false, ...broken, nearest: null }
      const key = promptKey(prompt)
      if (keys.has(key)) return { accepted: false, reason: 'duplicate', detail: 'known word for word', nearest: { prompt, rougeL: 1 } }
      const nearest = filters.max_rouge_l >= 1 ? null : nearestOf(prompt, known, similar)
      if (nearest !== null && nearest.rougeL > filters.max_rouge_l) {
        return { accepted: false, reason: 'too-similar', detail: `ROUGE-L ${nearest.rougeL.toFixed(3)}`, nearest }
      }
      learn(prompt)
      keys.add(key)
      accepted.push(prompt)
      return { accepted: true, nearest }
    },
  }
}

function nearestOf(prompt: string, known: readonly string[], similar: SimilarityIndex): Nearest | null {
  const nearest = similar.nearest(prompt)
  return nearest === null ? null : { prompt: known[nearest.index], rougeL: nearest.score }
}

type Broken = Pick<RejectedPrompt, 'reason' | 'detail'>

/** The limits that look at the prompt alone, in Self-Instruct's order. */
function textLimits(filters: PromptFilters): (prompt: string) => Broken | undefined {
  const keywords = filters.keywords.map((keyword) => [keyword, wholeWords(keyword)] as const)
  const starts = filters.starts.map((start) => [start, wholeWords(start, '^')] as const)
  return (prompt) => {
    const text = prompt.trim()
    if (text === '') return { reason: 'empty', detail: 'no text' }
    const words = text.split(/\s+/u).length
    if (words < filters.min_words) return { reason: 'too-few-words', detail: `${words} words` }
    if (words > filters.max_words) return { reason: 'too-many-words', detail: `${words} words` }
    const characters = [...text].length
    if (characters < filters.min_characters) return { reason: 'too-short', detail: `${characters} characters` }
    if (characters > filters.max_characters) return { reason: 'too-long', detail: `${characters} characters` }
    const keyword = keywords.find(([, pattern]) => pattern.test(text))
    if (keyword !== undefined) return { reason: 'keyword', detail: keyword[0] }
    const start = starts.find(([, pattern]) => pattern.test(text))
    if (start !== undefined) return { reason: 'forbidden-start', detail: start[0] }
    if (filters.plain_start && !/^[\p{ASCII}]/u.test(text)) return { reason: 'not-plain-start', detail: [...text][0] }
    if (filters.plain_start && /^[!-/:-@[-`{-~]/u.test(text)) return { reason: 'not-plain-start', detail: text[0] }
    return undefined
  }
}

/** A phrase in any case, with any white space between its words, that neither begins nor ends inside a word. */
function wholeWords(phrase: string, before = '(?<![\\p{L}\\p{N}_])'): RegExp {
  const words = phrase
    .trim()
    .split(/\s+/u)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&'))
  return new RegExp(`${before}${words.join('\\s+')}(?![\\p{L}\\p{N}_])`, 'iu')
}
