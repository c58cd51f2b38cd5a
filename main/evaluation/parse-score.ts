import { withoutFurtherExamples } from './further-examples.ts'
import { readStatedNumber } from './stated-number.ts'

/** The paper's scale: additive, from 0 to 5 points. */
const topScore = 5

/**
 * The score a judge gave, from what it wrote; null where it gave none that can be read. A null is a failure to be counted:
 * no number is ever put in its place.
 *
 * The judge may state its score before or after the justification, in ways of falling clearness. The clearest that occurs
 * is believed, and of several such statements the last (the paper's prompt asks for the score at the end, and a judge that
 * adds up its points ends with the total):
 *
 * 1. a label with a sign of its own: `Score: 4`, `**Total score:** 4.5/5`, `"score": 4`, `Rating = 3`;
 * 2. a statement: `the score is 4 out of 5`, `I would rate this response 4`, `a total of 3 points`;
 * 3. a fraction of five by itself: `4/5`, `4 out of 5`;
 * 4. a first or last line that is nothing but a number.
 *
 * Only 0 to 5 is a score, fractions included; `8/10` is on another scale and `3-4` is undecided, so neither is read.
 * Points a response is said to miss (`falls short of a score of 5`) are not its score, and what follows once the judge has
 * begun to invent further examples is not about this response. Time is linear in the length of the text.
 */
export function parseScore(text: string): number | null {
  return lastScore(text, label) ?? lastScore(text, statement) ?? lastScore(text, fraction) ?? loneNumber(text)
}

/** Words that may stand between the word "score" and its number. */
const filler =
  "(?:for|of|to|is|was|be|would|will|should|the|this|that|a|an|as|it|at|with|therefore|thus|hence|total|user's|ai|response|answer|reply|given|awarded|assigned|points?|out of (?:five|5))"
const noun = '(?:scores?|rating|grade|total|points)'
const aside = '(?:[ \\t]{0,3}\\([^()\\n]{0,40}\\))?'

/** `Total score for this response (out of 5):`, with the marks of Markdown, JSON and XML around it. */
const label = new RegExp(
  `(?<![\\p{L}\\p{N}])${noun}(?:[ \\t]{1,3}${filler}){0,8}${aside}["'*_\`>\\]]{0,4}[ \\t]{0,3}(?:[:=：>→]|[ \\t][-–—](?=[ \\t]))`,
  'giu',
)

const statement = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:scores?|scored|rating|grade|rated?|total points)(?:[ \\t]{1,3}${filler}){0,8}(?=[ \\t*_"'\`])` +
    `|(?<!\\p{L})(?:giv(?:e|es|ing)|award|assign)(?:[ \\t]{1,3}${filler}){0,6}[ \\t]{1,3}an?(?=[ \\t])` +
    `|(?<!\\p{L})total of(?=[ \\t]{1,3}\\S{1,12}[ \\t]{1,3}points?(?!\\p{L}))`,
  'giu',
)

/** The place before a fraction of five that is no page, no date and no part of a longer number. */
const fraction =
  /(?<![\p{L}\p{N}./-]|(?:question|part|step|page|item|criterion)[ \t]{1,3})(?=[0-5](?:\.\d{1,3})?[ \t]{0,2}(?:\/|out of)[ \t]{0,2}(?:5|five)(?![\p{L}\p{N}/]))/giu

/** The last number that follows one of the places, before the judge begins a further example. */
function lastScore(text: string, places: RegExp): number | null {
  let score: number | null = null
  let end = text.length
  for (const match of text.matchAll(places)) {
    if (match.index >= end) break
    if (places !== label && isMissed(text, match.index)) continue
    const stated = readStatedNumber(text, match.index + match[0].length, topScore)
    if (stated === null || (places !== label && isPart(text, stated.end))) continue
    if (score === null) end = withoutFurtherExamples(text, stated.end).length
    score = stated.value
  }
  return score
}

/** The number that is the whole of the last line, or of the first. */
function loneNumber(text: string): number | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  for (const line of [lines.at(-1), lines[0]]) {
    if (line === undefined || line.length > 40) continue
    const stated = readStatedNumber(line, 0, topScore)
    if (stated !== null && /^[\s.*_"'`)\]}]*$/.test(line.slice(stated.end))) return stated.value
  }
  return null
}

/** Points that are spoken of because the response did not get them. */
const missing = new RegExp(
  '(?:prevent|fall(?:s|ing)? short|perfect|(?:higher|lower|more|less|rather) than|instead of|keep(?:s|ing)?[^.!?,;]{0,20} from' +
    "|(?:not|n['’]t|could|would|to|might|may)(?: have)?(?: \\p{L}{1,15}){0,2} (?:earn|receiv|achiev|deserv|merit|warrant|justif|reach|get|attain|obtain)\\p{L}{0,5}" +
    ")[^.!?,;\\n]{0,60}$|(?:not|n['’]t) $",
  'iu',
)

/** Whether the sentence up to `place` says that what follows was missed. */
function isMissed(text: string, place: number): boolean {
  const before = text.slice(Math.max(0, place - 120), place)
  return missing.test(before.slice(before.search(/[^.!?\n]*$/)))
}

/** Whether the number that ends at `place` is what one requirement earned: `1 point for being relevant`. */
const isPart = (text: string, place: number): boolean => /^[ \t]points?[ \t](?:for|as|because|since)\b/i.test(text.slice(place, place + 20))
