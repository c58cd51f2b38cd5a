import { withoutFurtherExamples } from './further-examples.ts'

/** Which of two answers a judge prefers. */
export type Verdict = 'A' | 'B' | 'tie'

/**
 * The verdict of a pairwise judgement, from what the judge wrote; null where there is none that can be read. In falling
 * clearness, and of several of one kind the last:
 *
 * 1. in brackets: `[[A]]`, `[[B]]`, `[[C]]` or `[[tie]]`, and Arena-Hard's `[[A>>B]]`, `[[A>B]]`, `[[A=B]]` ...; a line
 *    that names several is the judge repeating its instructions, and is passed over;
 * 2. labelled: `Verdict: A`, `Winner: Answer B`, `Better answer: tie`;
 * 3. said: `Answer B is better`, `I prefer response A`, `both answers are equally good`;
 * 4. a first or last line that is nothing but the verdict.
 */
export function parseVerdict(text: string): Verdict | null {
  return bracketed(text) ?? lastOf(labelled, text) ?? said(text) ?? alone(text)
}

const brackets = /\[\[[ \t]{0,2}([A-C]|tie|[AB](?:>{1,2}|<{1,2}|=)[AB])[ \t]{0,2}\]\]/gi

function bracketed(text: string): Verdict | null {
  const first = text.search(brackets)
  if (first === -1) return null
  const lines = withoutFurtherExamples(text, first).split('\n')
  for (const line of lines.reverse()) {
    const verdicts = new Set([...line.matchAll(brackets)].map((match) => verdictOf(match[1])))
    if (verdicts.size === 1) return [...verdicts][0]
  }
  return null
}

const side = '(?:(?:the[ \\t]+)?(?:answer|response|assistant|option|output)[ \\t]{0,2})?["\'*_([]{0,3}'
const choice = '(a|b|c|tie|draw|both|neither|equal|a[ \\t]?=[ \\t]?b)'
const labelled = new RegExp(
  `(?<!\\p{L})(?:verdict|winner|(?:better|best|preferred)[ \\t]{1,2}(?:answer|response|one)|preference|decision|choice|judge?ment)(?:[ \\t]{1,2}is)?["*_]{0,4}[ \\t]{0,2}[:=]?["*_]{0,4}[ \\t]{0,2}${side}${choice}(?=["'*_)\\]]{0,4}[ \\t]{0,3}(?:[\\r\\n.,;:!(–—-]|$|(?:is|as|because|since|wins)(?!\\p{L})))`,
  'giu',
)

function lastOf(pattern: RegExp, text: string): Verdict | null {
  const found = [...text.matchAll(pattern)].at(-1)
  return found === undefined ? null : verdictOf(found[1])
}

const named = '(?:answer|response|assistant|option|output)[ \\t]{1,2}["\'*_(]{0,3}([AB])["\'*_)]{0,3}'
const better =
  '(?:is|was|seems|does)[ \\t]{1,2}(?:(?:slightly|clearly|much|far|marginally|the|a)[ \\t]{1,2}){0,3}(?:better|best|preferable|preferred|superior|winner|stronger)'
const preferred = new RegExp(
  `(?<!\\p{L})${named}[ \\t]{1,2}(?:${better}|wins)(?!\\p{L})|(?<!\\p{L})(?:prefer|choose|favou?r)[ \\t]{1,2}${named}(?!\\p{L})`,
  'giu',
)
const equal =
  /(?<!\p{L})(?:it(?:'|’)?s a (?:tie|draw)|it is a (?:tie|draw)|(?:both|the two|neither)[^.!?\n]{0,40}(?:equally (?:good|bad|helpful|well|useful)|is better|better than the other))/giu

function said(text: string): Verdict | null {
  const sides = [...text.matchAll(preferred)].map((match) => ({ at: match.index, verdict: verdictOf(match[1] ?? match[2]) }))
  const ties = [...text.matchAll(equal)].map((match) => ({ at: match.index, verdict: 'tie' as const }))
  const latest = [...sides, ...ties].sort((x, y) => x.at - y.at).at(-1)
  return latest?.verdict ?? null
}

const lone = new RegExp(`^[ \\t]{0,8}["'*_([]{0,4}${side}${choice}["'*_)\\]]{0,4}[.!]?[ \\t\\r]{0,8}$`, 'iu')

function alone(text: string): Verdict | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  for (const line of [lines.at(-1), lines[0]]) {
    const found = line === undefined || line.length > 60 ? null : lone.exec(line)
    if (found !== null) return verdictOf(found[1])
  }
  return null
}

/** `C`, words and equal signs mean a tie; an order names its larger side. */
function verdictOf(text: string): Verdict {
  const found = text.toUpperCase().replace(/\s/g, '')
  const order = /^([AB])(>+|<+|=)([AB])$/.exec(found)
  if (order !== null) {
    const larger = order[2].startsWith('>') ? order[1] : order[3]
    return order[2] === '=' || order[1] === order[3] ? 'tie' : (larger as Verdict)
  }
  return found === 'A' || found === 'B' ? found : 'tie'
}
