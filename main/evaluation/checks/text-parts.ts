/** Parts of a text, as the checks count them. */

const wordCharacter = /[\p{L}\p{N}_]/u

/** IFEval's words: series of letters, digits, and underscores. "don't" is two. */
export const countWordRuns = (text: string): number => text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0

/** Words as people count them: parts between spaces that contain a letter or a digit. "don't" and "well-known" are one each. */
export const countWords = (text: string): number => text.split(/\s+/).filter((part) => /[\p{L}\p{N}]/u.test(part)).length

/** How often a part occurs, without overlap, in any case. */
export const countInAnyCase = (text: string, part: string): number => text.toLowerCase().split(part.toLowerCase()).length - 1

/** Whether a word's edge is at this place, between two UTF-16 units: a word character on one side only. */
function isEdge(text: string, at: number): boolean {
  const isWord = (character: string | undefined): boolean => character !== undefined && wordCharacter.test(character)
  return isWord([...text.slice(Math.max(0, at - 2), at)].at(-1)) !== isWord([...text.slice(at, at + 2)][0])
}

/** Whether a text occurs between two edges of words, in any case. */
export function containsWord(text: string, word: string): boolean {
  const [lowerText, lowerWord] = [text.toLowerCase(), word.toLowerCase()]
  for (let at = lowerText.indexOf(lowerWord); at >= 0; at = lowerText.indexOf(lowerWord, at + 1))
    if (isEdge(lowerText, at) && isEdge(lowerText, at + lowerWord.length)) return true
  return false
}

/** A letter in capitals and none in lowercase. */
export const isUppercase = (text: string): boolean => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text)

/** A letter in lowercase and none in capitals. */
export const isLowercase = (text: string): boolean => /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text)

/** The text in a Markdown code block, if the whole text is one; otherwise the text. */
export const withoutFence = (text: string): string =>
  text
    .trim()
    .replace(/^```(?:json|Json|JSON)?/, '')
    .replace(/```$/, '')
    .trim()

/** Abbreviations that are followed by a name, so that their period never ends a sentence. */
const titles = new Set('mr mrs ms dr prof st rev gen col capt lt sgt sen rep gov hon messrs vs'.split(' '))

/** Abbreviations that can end a sentence: they do if a capital follows. */
const abbreviations = new Set(
  'etc inc ltd co corp jr sr e.g i.e a.m p.m u.s u.k d.c ph.d m.d b.a m.a cf al ed est dept no nos vol pp fig approx'.split(' '),
)

/**
 * The number of sentences. A sentence ends with `.`, `!`, or `?`, and any closing quotes or brackets, before white space or the end of the
 * text; a line's end alone ends none. A period doesn't end one after a title (Mr.), after an initial (J. Smith), and, unless a word with a
 * capital follows, after another abbreviation (etc.), a number (3.) and several periods (...).
 *
 * IFEval uses nltk's trained Punkt model, which also knows which words tend to start sentences, but not "e.g." and "etc.". On the 175
 * answers of the Self-Instruct seed data the numbers are equal for 167.
 */
export function countSentences(text: string): number {
  const parts = text.trim().split(/\s+/)
  if (parts[0] === '') return 0
  return parts.filter((part, i) => i === parts.length - 1 || endsSentence(part, parts[i + 1])).length
}

function endsSentence(part: string, next: string): boolean {
  const bare = part.replace(/["'”’»)\]}*_]+$/u, '')
  if (/[!?]$/.test(bare)) return true
  if (!bare.endsWith('.')) return false
  const word = bare.slice(0, -1).replace(/^["'“‘«([{*_]+/u, '')
  const startsHigh = /^["'“‘«([{*_]*[\p{Lu}\p{Lt}]/u.test(next)
  if (titles.has(word.toLowerCase()) || /^\p{Lu}$/u.test(word)) return false
  const isDoubtful = abbreviations.has(word.toLowerCase()) || /^\d+$/.test(word) || word.endsWith('.') || /^(?:\p{L}\.)+\p{L}$/u.test(word)
  return !isDoubtful || startsHigh
}
