import { concludes, countsThings, isHypothetical, type Said, sentenceBefore } from './prose.ts'
import { readStatedNumber } from './stated-number.ts'

/** The position before a fraction of five that isn't a page, a date, or part of a longer number. */
const fraction =
  /(?<![\p{L}\p{N}./,:-]|(?:question|part|step|page|item|criterion|answers?|covers?|meets|satisfies|addresses) )(?=(?:[0-5](?:[.,]\d{1,3})?|one|two|three|four|five)[⟧"')]{0,2} ?(?:\/|out of|von|sur|de|su) ?["⟦]?(?:5|five|fünf|cinq|cinco|cinque)(?![\p{L}\p{N}/]))/giu
const verdictWord =
  /(?:^|[^\p{L}])(?:give|gives|giving|rate|rated|rating|score[sd]?|gets?|got|earns?|deserves?|merits?|awards?|verdict|grade|overall|total|final|so|therefore|thus|hence|is|(?:it|this|that)'s|say|würde|vergebe|gebe|bewertung|insgesamt|note|donne|doy|nota|dou|do|voto|:)(?!\p{L})[^.!?\n]{0,60}$/iu

/** Fractions of five that are a score by themselves: `The answer gets 4/5 from me.` */
export function fractionsIn(text: string): Said[] {
  const said: Said[] = []
  for (const match of text.matchAll(fraction)) {
    const number = readStatedNumber(text, match.index)
    if (number === null || number.supposed || !number.scaled || countsThings(text, number.end)) continue
    const before = sentenceBefore(text, match.index)
    const lead = /^[ #\-•*\d.)]{0,8}((?:\p{L}[\p{L}'-]{0,20} ?){1,4}) ?[:(–—-] ?[⟦"'(]{0,2}$/u.exec(before)
    const isAlone = /^[\s#\-•*>"'(⟦[]*$/.test(before)
    if (!isAlone && (lead === null ? !verdictWord.test(before) && !isClosing(text, match.index, number.end) : !isVerdictLead(lead[1])))
      continue
    if (isHypothetical(text, match.index)) continue
    said.push({ ...number, concludes: concludes(before), revises: false, at: match.index })
  }
  return said
}

const isVerdictLead = (lead: string): boolean =>
  /(?:^| )(?:overall|total|final|verdict|score|rating|grade|conclusion|result|assessment|evaluation|judge?ment|answer|response|summary|points|insgesamt|fazit|urteil|ergebnis|résultat|bilan|veredicto|resultado|giudizio)(?: |$)/iu.test(
    lead,
  )

/** `The answer is right and complete (4/5).` at the end of a text. */
const isClosing = (text: string, at: number, end: number): boolean =>
  /[(–—-] ?[⟦]?$/.test(text.slice(Math.max(0, at - 4), at)) && /^[\s.)\]⟧]*$/.test(text.slice(end, end + 12))

/** The number that makes up the whole last or first line; null if they differ or one is a list number. */
export function loneNumber(text: string): { value: number | null; scaled: boolean } | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const alone = [lines.at(-1), lines[0]].map((line) => (line === undefined || line.length > 60 ? null : lone(line)))
  const [last, first] = alone
  if (last !== null && first !== null && last.value !== first.value) return { value: null, scaled: false }
  if (last?.item && numbersList(lines)) return null
  return last ?? first
}

function lone(line: string): { value: number | null; scaled: boolean; item: boolean } | null {
  const stated = readStatedNumber(line, /^ ?(?:#{1,6} |[-•*] )?/.exec(line)?.[0].length ?? 0)
  if (
    stated === null ||
    stated.value === null ||
    stated.supposed ||
    !/^[\s.*_"'`)\]}⟧]*(?:\([^()]{0,30}\)|です)?[\s.。]*$/.test(line.slice(stated.end))
  )
    return null
  return { value: stated.value, scaled: stated.scaled, item: /^ ?\d[.)] ?$/.test(line) }
}

/** Whether an earlier line is a numbered item too. */
const numbersList = (lines: readonly string[]): boolean => lines.slice(0, -1).some((line) => /^ ?\d{1,2}[.)] /.test(line))
