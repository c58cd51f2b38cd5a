import { promptKey } from './imported.ts'

/** Limits for new prompts (`prompts.filters` in a recipe; after Wang et al. 2022, Self-Instruct). */
export interface PromptFilters {
  readonly min_words: number
  readonly max_words: number
  readonly min_characters: number
  readonly max_characters: number
  /** Maximum ROUGE-L F1 with any known prompt; 1 or more turns the comparison off. */
  readonly max_rouge_l: number
  /** Words or phrases that must not occur in a prompt. Whole words only: list plurals separately. */
  readonly keywords: readonly string[]
  /** Texts that a prompt must not start with. */
  readonly starts: readonly string[]
  readonly plain_start: boolean
}

/**
 * An empty index of texts by ROUGE-L F1, in [0, 1]; `nearest` returns the first of the most similar texts, or null if none has any overlap.
 */
export interface SimilarityIndex {
  add(text: string): void
  nearest(text: string): { readonly index: number; readonly score: number } | null
}

/** The most similar known prompt, stored with accepted and rejected prompts as evidence. */
interface Nearest {
  readonly prompt: string
  readonly rougeL: number
}

const rejectionReasons = [
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
type RejectionReason = (typeof rejectionReasons)[number]

interface AcceptedPrompt {
  readonly accepted: true
  /** Null if no known prompt has any overlap, or the comparison is off. */
  readonly nearest: Nearest | null
}

interface RejectedPrompt {
  readonly accepted: false
  readonly reason: RejectionReason
  /** The number, word, or prefix that decided. */
  readonly detail: string
  readonly nearest: Nearest | null
}

type PromptVerdict = AcceptedPrompt | RejectedPrompt

interface PromptFilter {
  /** Checks a prompt against the limits and all known prompts. An accepted prompt becomes known. */
  offer(prompt: string): PromptVerdict
}

/**
 * A filter that knows the seed prompts and every prompt it has accepted. Its verdicts depend only on the order of offers, so offering (or
 * passing as seeds) the same prompts again recreates the same filter.
 */
export function promptFilter(filters: PromptFilters, similar: SimilarityIndex, seeds: Iterable<string>): PromptFilter {
  const compares = filters.max_rouge_l < 1
  const known: string[] = []
  const keys = new Set<string>()
  const learn = (prompt: string, key = promptKey(prompt)): void => {
    keys.add(key)
    if (!compares) return
    known.push(prompt)
    similar.add(prompt)
  }
  for (const seed of seeds) learn(seed)
  const limits = textLimits(filters)
  return {
    offer(prompt) {
      const broken = limits(prompt)
      if (broken !== undefined) return { accepted: false, ...broken, nearest: null }
      const key = promptKey(prompt)
      if (keys.has(key)) return { accepted: false, reason: 'duplicate', detail: 'already known', nearest: { prompt, rougeL: 1 } }
      const nearest = compares ? nearestOf(prompt, known, similar) : null
      if (nearest !== null && nearest.rougeL > filters.max_rouge_l) {
        return { accepted: false, reason: 'too-similar', detail: `ROUGE-L ${nearest.rougeL.toFixed(3)}`, nearest }
      }
      learn(prompt, key)
      return { accepted: true, nearest }
    },
  }
}

function nearestOf(prompt: string, known: readonly string[], similar: SimilarityIndex): Nearest | null {
  const nearest = similar.nearest(prompt)
  return nearest === null ? null : { prompt: known[nearest.index], rougeL: nearest.score }
}

type Broken = Pick<RejectedPrompt, 'reason' | 'detail'>

/** The limits on the prompt by itself, in Self-Instruct's order. */
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

/** Matches a phrase case-insensitively, with any whitespace between its words, at word boundaries. */
function wholeWords(phrase: string, before = '(?<![\\p{L}\\p{N}_])'): RegExp {
  const words = phrase
    .trim()
    .split(/\s+/u)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&'))
  return new RegExp(`${before}${words.join('\\s+')}(?![\\p{L}\\p{N}_])`, 'iu')
}
