import { withoutFurtherExamples } from './further-examples.ts'
import { withoutMarkup } from './scores/markup.ts'
import { sentenceBefore } from './scores/prose.ts'
import { spokenText } from './scores/spoken-text.ts'

/** The answer that a judge prefers. */
export type Verdict = 'A' | 'B' | 'tie'

/**
 * Parses the verdict of a pairwise judgement; null if it contains no readable verdict: truncated, naming both sides, or only hypothetical.
 * From most to least explicit, the last one of its kind:
 *
 * 1. in brackets: `[[A]]`, `[[B]]`, `[[C]]` or `[[tie]]`, and Arena-Hard's `[[A>>B]]`, `[[A>B]]`, `[[A=B]]` ...; repeated instructions
 *    (`[[A]] if A is better`) are skipped
 * 2. labeled: `Verdict: A`, `Winner: Answer B`, `{"verdict": "A"}`, `\boxed{A}`
 * 3. in a sentence: `Answer B is better`, `I prefer response A`, `both answers are equally good`
 * 4. a first or last line that is nothing but the verdict
 *
 * The most explicit kind that occurs decides, even if it can't be parsed.
 */
export function parseVerdict(text: string): Verdict | null {
  const spoken = spokenText(text)
  if (spoken === null) return null
  const plain = withoutMarkup(spoken)
  for (const kind of [bracketed, labelled, said, alone]) {
    const found = kind(plain)
    if (found !== undefined) return found
  }
  return null
}

/** The result for one kind of verdict: undefined if it doesn't occur, null if it can't be parsed. */
type Found = Verdict | null | undefined

const brackets = /\[\[ ?([A-C]|tie|[AB] ?(?:>{1,3}|<{1,3}|=) ?[AB]) ?\]\]/gi
const condition = /^[ ,)"']{0,3}(?:if|when|in case|unless|for|means?|indicates?|=|wenn|falls|si|如果)(?!\p{L})/iu

function bracketed(text: string): Found {
  const first = text.search(brackets)
  if (first === -1) return undefined
  const lines = withoutFurtherExamples(text, first).split('\n')
  for (const line of lines.reverse()) {
    const found = [...line.matchAll(brackets)].filter((match) => !condition.test(line.slice(match.index + match[0].length)))
    const stated = found.filter((match) => !isDenied(line, match.index))
    const verdicts = new Set(stated.map((match) => verdictOf(match[1])))
    if (verdicts.size === 1) return [...verdicts][0]
    if (found.length > 0 && !/\b(?:end|conclude|answer|respond|format|output) (?:with|is|as|by)\b|\beither\b|\bor\b|,/i.test(line))
      return null
  }
  return null
}

const side =
  '(?:(?:the )?(?:answer|response|assistant|option|output|model|candidate|reply|antwort|réponse|respuesta|risposta|resposta|回答|答案) ?)?["\'([{⟦]{0,3}'
const choice = '(a ?(?:>{1,3}|<{1,3}|=) ?b|b ?(?:>{1,3}|<{1,3}|=) ?a|a|b|c|tie|draw|both|neither|equal|unentschieden|empate|平局)'
const label =
  '(?:verdict|winner|(?:better|best|preferred|stronger|superior) (?:answer|response|one|assistant|option|output|model)|preference|preferred|better|decision|choice|judge?ment|urteil|sieger|gewinner|bessere antwort|veredicto|ganador|gagnant|vainqueur|vincitore|胜者|更好的回答|结论|判定|勝者)'
const labelPlace = new RegExp(
  `(?<!\\p{L})${label}["']?(?: ?(?:is|ist|est|es|è|é|是|为|goes to)(?= ?[:A-Ca-c"'(⟦]| (?:the )?(?:answer|response|assistant|option|output|model|antwort))| ?[:=]|(?= ?\\n))\\s{0,2}`,
  'giu',
)
const chosen = new RegExp(
  `${side}${choice}(?=["')\\]}⟧]{0,4} ?(?:[\\n.,;:!(–—|-]|$|(?:as|because|since|wins|(?:is|was) (?:the )?(?:slightly |clearly |much )?(?:better|best|winner|preferred|stronger))(?!\\p{L})))`,
  'iuy',
)
/** Marks a choice as undecided: `A or B`, `A/B`, `A?`, `A if`. */
const undecided =
  /^["')\]}⟧]{0,4}(?: ?[/|&] ?[ab]|,? ?(?:or|and|oder|ou|o|und|et|或|vs\.?) ["'([]{0,3}(?:(?:answer|response|assistant|option) )?["'([]{0,3}[abc](?!\p{L})| ?\?|,? (?:if|unless|wenn)(?!\p{L}))/iu
const boxedChoice = /⟦ ?([ABC]|tie) ?⟧/gi

function labelled(text: string): Found {
  const places = [...text.matchAll(labelPlace)].flatMap((match): { at: number; verdict: Verdict | null }[] => {
    const place = match.index + match[0].length
    chosen.lastIndex = place
    const found = chosen.exec(text)
    const named = found ?? new RegExp(`^${side}${choice}(?!\\p{L})`, 'iu').exec(text.slice(place, place + 60))
    if (named === null || isDenied(text, match.index)) return place >= text.trimEnd().length ? [{ at: match.index, verdict: null }] : []
    const after = text.slice(place + named[0].length, place + named[0].length + 30)
    if (undecided.test(after)) return [{ at: match.index, verdict: null }]
    return found === null ? [] : [{ at: match.index, verdict: verdictOf(found[1]) }]
  })
  const boxes = [...text.matchAll(boxedChoice)].map((match) => ({ at: match.index, verdict: verdictOf(match[1]) }))
  const all = [...places, ...boxes].sort((x, y) => x.at - y.at)
  if (all.length === 0) return undefined
  const end = withoutFurtherExamples(text, all[0].at).length
  return all.filter(({ at }) => at < end).at(-1)?.verdict
}

const named =
  '(?:(?:answer|response|assistant|option|output|model|candidate|reply|antwort|réponse|respuesta|risposta|resposta|回答|答案) ?["\'(]{0,3}([AB])|(?<![\\p{L}\\p{N}])([AB]))["\')]{0,3}'
const better =
  '(?:(?:is|was|seems|does|ist|est|es|è|é)(?: (?:slightly|clearly|much|far|marginally|overall|the|a|etwas|deutlich|klar|legèrement|la|die|der|il))* (?:better|best|preferable|preferred|superior|winner|stronger|besser|bessere|meilleure?|mejor|migliore|melhor)|wins|gewinnt|gagne|gana|vince|更好|更优|胜出|の方が良い|の方が優れている)'
const preferred = new RegExp(
  `(?<!\\p{L})${named} ?${better}(?!\\p{L}(?<=\\p{Script=Latin}))|(?<!\\p{L})(?:prefer|choose|pick|favou?r|vote for|go with|select|bevorzuge|wähle|préfère|choisis|prefiero|elijo|preferisco|prefiro) (?:the )?${named}(?![\\p{L}'])`,
  'giu',
)
const equal =
  /(?<!\p{L})(?:it(?:'s| is) a (?:tie|draw)|(?:both|the two|neither)[^.!?\n]{0,40}(?:equally (?:good|bad|helpful|well|useful|strong)|is better|better than the other)|beide[^.!?\n]{0,30}gleich (?:gut|schlecht)|平局|两者(?:一样|相当))/giu
/** `better in style` is about one aspect, not the verdict. */
const partly =
  /^ ?(?:in (?:terms of|its|style|tone|clarity|this|that|some|one)|at |on |with (?:regard|respect)|regarding|when it comes|structured|written|formatted|organized|if |only )/iu
const concluding =
  /(?:^|[^\p{L}])(?:overall|therefore|thus|hence|so|in (?:conclusion|total|summary|sum)|all in all|finally|but|insgesamt|daher|donc|en conclusion|por (?:lo )?tanto|quindi|portanto|总的来说|因此)(?!\p{L})/iu

function said(text: string): Found {
  const sides = [...text.matchAll(preferred)].flatMap((match) => {
    const letter = match.slice(1).find((group) => group !== undefined) as string
    const bare = match[1] === undefined && match[3] === undefined
    if (
      (bare && letter !== letter.toUpperCase()) ||
      partly.test(text.slice(match.index + match[0].length, match.index + match[0].length + 20))
    )
      return []
    return [{ at: match.index, verdict: verdictOf(letter) }]
  })
  const ties = [...text.matchAll(equal)].map((match) => ({ at: match.index, verdict: 'tie' as const }))
  const stated = [...sides, ...ties].filter(({ at }) => !isDenied(text, at)).sort((x, y) => x.at - y.at)
  if (stated.length === 0) return undefined
  const end = withoutFurtherExamples(text, stated[0].at).length
  const own = stated.filter(({ at }) => at < end)
  const last = own[own.length - 1]
  const agree = own.every(({ verdict }) => verdict === last.verdict)
  return agree || concluding.test(sentenceBefore(text, last.at)) ? last.verdict : null
}

/** A negation, a question, or a supposition earlier in the sentence. */
const denial = new RegExp(
  "(?:(?:^|[^\\p{L}])(?:not|never|cannot|whether|if|unless|would|could|might|unclear|doubt|hard to say|e\\.g\\.|for example|such as|nicht|kein|ob|wenn|falls|pas|si|sino|non|não|不|如果)(?!\\p{L})|n't)(?:(?!(?:but|sondern|rather) )[^,;:.!?\\n]){0,60}$" +
    '|(?:^|[^\\p{L}])(?:if(?! i )|unless|wenn|falls)(?!\\p{L})[^;:.!?\\n]{0,80}, ?(?:then )?$',
  'iu',
)
const isDenied = (text: string, place: number): boolean => {
  const before = sentenceBefore(text, place)
  return (
    denial.test(before) &&
    !/(?:would|could) (?:\p{L}{1,10} )?(?:say|choose|pick|go|argue)[^,.;]{0,30}$|(?:I|i)(?: would|'d) $/u.test(before)
  )
}

const lone = new RegExp(`^[ "'([#>-]{0,8}${side}${choice}["')\\]}⟧]{0,4}[.!]? ?$`, 'iu')

function alone(text: string): Found {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const found = [lines.at(-1), lines[0]].map((line) => (line === undefined || line.length > 60 ? null : lone.exec(line)))
  const verdicts = new Set(found.flatMap((match) => (match === null ? [] : [verdictOf(match[1])])))
  return verdicts.size === 1 ? [...verdicts][0] : verdicts.size === 0 ? undefined : null
}

/** `C`, words, and equal signs mean a tie; for `A>B` it is the larger side. */
function verdictOf(text: string): Verdict {
  const found = text.toUpperCase().replace(/\s/g, '')
  const order = /^([AB])(>+|<+|=)([AB])$/.exec(found)
  if (order !== null) {
    const larger = order[2].startsWith('>') ? order[1] : order[3]
    return order[2] === '=' || order[1] === order[3] ? 'tie' : (larger as Verdict)
  }
  return found === 'A' || found === 'B' ? found : 'tie'
}
