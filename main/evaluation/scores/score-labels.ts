import { hanLabelKind, type LabelKind, labelKind, nameCriterion, tellingWords, wordsOf } from './label-words.ts'
import { scalesNamedBy } from './named-scale.ts'
import { clauseBefore, isHypothetical } from './prose.ts'
import { readStatedNumber, topScore } from './stated-number.ts'

/** A labeled number in a judgement: `Final score: 4/5`. */
export interface Labelled {
  readonly kind: LabelKind
  /** The label's words in lowercase, to tell whether two labels mean the same. */
  readonly label: string
  /** Whether the label's noun means nothing but a score: `Score`, not `Total` or `Points`. */
  readonly isStrong: boolean
  /** Null if the value is ambiguous. */
  readonly value: number | null
  /** Whether it names its scale of five. */
  readonly scaled: boolean
  readonly at: number
  readonly end: number
}

type Value = Pick<Labelled, 'value' | 'scaled' | 'end'>

const strong =
  '(?:scores?|rating|ratings|grade|scoring|punktzahl|bewertung|gesamtnote|wertung|punteggio|puntuación|puntuacion|puntaje|calificación|calificacion|pontuação|pontuacao|classificação|notation|оценка|puan|betyg|ocena|cijfer)'
const weak =
  '(?:total|points|marks?|overall|final|sum|note|nota|voto|verdict|evaluation|assessment|judge?ment|result|scale|range|gesamt|insgesamt|ergebnis|urteil|punkte|puntos|punti|pontos|points|évaluation|valoración|valutazione|avaliação|итог|итого|баллы?)'
const germanStart = '(?:gesamt|end|abschluss|schluss|höchst|maximal|teil|mindest)?-?'
const filler =
  "(?:for|of|to|is|was|be|would|will|should|the|this|that|a|an|as|it|at|with|therefore|thus|hence|total|user's|ai|assistant|assistant's|model|response|answer|reply|given|awarded|assigned|earned|received|points?|score|rating|value|out of (?:five|5)|possible|max(?:imum)?|available|der|die|das|für|dieser|diese|antwort|ist|lautet|beträgt|pour|cette|la|réponse|est|totale?|finale?|globale?|générale?|de|del|para|esta|respuesta|es|da|resposta|é|per|questa|risposta|è|complessivo|geral|overall|gesamt|insgesamt)"
const sign = '(?:[:=→]|=>|->|[-–—](?= ))'

const latin = new RegExp(
  `(?<![\\p{L}\\p{N}])(${germanStart}(?:(${strong})|${weak}))(?![\\p{L}\\p{N}])((?:[ _-]{1,2}${filler}(?!\\p{L})){0,8})((?: ?[([][^()[\\]\\n]{0,40}[)\\]])?(?: ?(?:out of|/) ?\\d{1,3}(?=[ "'>:=]))?(?: (?:on|from|between|auf) [\\d \\p{L}–-]{1,30}(?=:))?)["'>]{0,3}( ?${sign}|(?=\\n)|(?= [\\d⟦★⭐]))`,
  'giu',
)
const han =
  /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul} の的]{0,12}?)(得分|分数|分數|评分|評分|打分|总分|總分|评级|スコア|得点|点数|評価|評点|採点|점수|총점|평점|합계|合计|合計|总计|總計|满分|滿分|満点)((?: ?[([][^()[\]\n]{0,40}[)\]])?)["'>」】]{0,3} ?(?:[:=]|为|為|是|は|가|이|은|는|->|(?=[ \n\d⟦「]))/gu

/** All labeled numbers of a plain text, in order. */
export function labelsIn(text: string): Labelled[] {
  const found = [...latinLabels(text), ...hanLabels(text)]
  return found.sort((x, y) => x.at - y.at)
}

function* latinLabels(text: string): Generator<Labelled> {
  for (const match of text.matchAll(latin)) {
    const [whole, noun, strongNoun, after, aside, signed] = match
    const before = clauseBefore(text, match.index).replace(/^ ?(?:#{1,6}|[-•*]|\d{1,2}[.)]) /, '')
    const isStrong = strongNoun !== undefined || /score|rating|punktzahl/i.test(after)
    if (signed === '' && !beginsLine(text, match.index, before)) continue
    const lead = wordsOf(adjoining(before))
    const named = labelKind([...lead, ...compoundOf(noun)], [...wordsOf(after), ...ownKind(noun)])
    const kind = asideKind(aside, partBefore(text, match.index, before) ?? named)
    const place = match.index + whole.length
    const label = {
      kind,
      isStrong,
      label: tellingWords([...lead, ...wordsOf(after)])
        .concat(noun)
        .join(' ')
        .toLowerCase(),
      at: match.index,
    }
    const stated = kind === 'bound' ? topStated(text, place) : readLabelled(text, place, { isStrong, signed: signed !== '', aside })
    if (stated !== null && !isHypothetical(text, match.index)) yield { ...label, ...stated }
  }
}

/** The part of the text before a noun that belongs to its label: in `1+ 5- Score` or `(B) Score` the label has no further words. */
const adjoining = (before: string): string => before.replace(/^.*(?:[^\p{L}\p{N} '’._/&-]|-(?= )|(?<=[ ]|^)\d+(?= ))/su, '')

/** The first part of a German compound noun. */
function compoundOf(noun: string): string[] {
  const start = /^(gesamt|end|abschluss|schluss|höchst|maximal|teil|mindest)-?(?=\p{L})/iu.exec(noun)?.[1].toLowerCase()
  if (start === undefined) return []
  return [{ höchst: 'maximal', maximal: 'maximal', teil: 'teil', mindest: 'teil' }[start] ?? 'gesamt']
}

/** Nouns that imply their subject. */
function ownKind(noun: string): string[] {
  if (/^(?:scale|range)$/iu.test(noun)) return ['scale']
  return /^(?:total|overall|final|sum|gesamt|insgesamt|итого?)$/iu.test(noun) ? ['total'] : []
}

function* hanLabels(text: string): Generator<Labelled> {
  for (const match of text.matchAll(han)) {
    const [whole, before, noun, aside] = match
    const at = match.index + before.length
    const left =
      text
        .slice(Math.max(0, at - 12), at)
        .split(/[^\p{L} ]/u)
        .at(-1) ?? ''
    const isBound = /^(?:满分|滿分|満点)$/.test(noun)
    const isTotal = /^(?:总|總|총|합|合)/.test(noun)
    const kind = asideKind(aside, isBound ? 'bound' : isTotal ? 'total' : hanLabelKind(left))
    const place = match.index + whole.length
    const stated = kind === 'bound' ? topStated(text, place) : readLabelled(text, place, { isStrong: true, signed: true, aside })
    if (stated !== null && !isHypothetical(text, at)) yield { kind, isStrong: true, label: left + noun, at, ...stated }
  }
}

/** The number after a label; null if there is none, or if it counts something else. */
function readLabelled(text: string, place: number, label: { isStrong: boolean; signed: boolean; aside: string }): Value | null {
  const number = readStatedNumber(text, place) ?? scaledAfterWords(text, place)
  if (number === null || number.supposed) return null
  const rest = text.slice(number.end, number.end + 40)
  if (/^ points? (?:for|as|because|since)\b/i.test(text.slice(number.end - 7, number.end + 12))) return null
  if (!label.isStrong && !number.scaled && !/^[ "')\]⟧]{0,3}(?:$|[\n.;!,(|。，]| [-–—](?!\d))/.test(rest)) return null
  if (!label.signed && !/^[ "')\].⟧]{0,3}(?:$|\n)/.test(rest)) return null
  const tops = scalesNamedBy(label.aside.replace(/[()[\]]/g, '').trim())
  const value = tops.every((top) => top === topScore) ? number.value : null
  return { value, scaled: number.scaled || tops.length > 0, end: number.end }
}

/** The top of a scale given as a number or a range: `5`, `0-5`, `0 to 5`. */
function topStated(text: string, place: number): Value | null {
  const found = /^[^\d\n]{0,6}(\d{1,4})(?: ?(?:-|–|to|bis|à|a) ?(\d{1,4}))?/.exec(text.slice(place, place + 30))
  return found === null ? null : { value: Number(found[2] ?? found[1]), scaled: false, end: place + found[0].length }
}

/** `Score: very good, 4/5`. */
function scaledAfterWords(text: string, place: number): ReturnType<typeof readStatedNumber> {
  const words = /^ ?\p{L}{2,12}(?: \p{L}{2,12}){0,2} ?[-–—,(:] ?(?=\d)/u.exec(text.slice(place, place + 60))
  if (words === null) return null
  const number = readStatedNumber(text, place + words[0].length)
  return number?.scaled ? number : null
}

/** `Score (relevance)` is about a part, `Score (out of 5)` is not. */
function asideKind(aside: string, kind: LabelKind): LabelKind {
  const words = wordsOf(aside)
  if (kind !== 'plain' || words.length === 0 || words.some((word) => /\d|^(?:scale|max|maximum|five|ten)$/i.test(word))) return kind
  return labelKind(words, [])
}

const beginsLine = (text: string, place: number, before: string): boolean =>
  /(?:^|\n) ?(?:#{1,6} ?|[-•*] ?|\d{1,2}[.)] ?)?$/.test(
    text.slice(Math.max(0, place - before.length - 9), place - before.replace(/^[ #\-•*]+/, '').length),
  ) && wordsOf(before).length <= 4

/** The words of a short line directly above the line that starts at a place. */
function headingAbove(text: string, place: number): string[] {
  const heading = /(?:^|\n) ?(?:#{1,6} )?(?:\d{1,2}[.)] )?([\p{L} &'-]{2,40}):?\n{1,2} ?(?:[-•*] )?[\p{L} ]{0,12}$/u.exec(
    text.slice(Math.max(0, place - 80), place),
  )
  const words = heading === null ? [] : wordsOf(heading[1])
  return words.length <= 4 ? words : []
}

/** `Relevance: score 1`, `Clarity (score: 1)`: the start of the line names the part. Null if there is none. */
function partBefore(text: string, place: number, clause: string): LabelKind | null {
  const line =
    text
      .slice(Math.max(0, place - clause.length - 50), place - clause.length)
      .split('\n')
      .at(-1) ?? ''
  const lead = /^[ #\-•*\d.)]{0,8}((?:\p{L}[\p{L}'-]{0,20} ?(?:& |and )?){1,4}\d{0,2}) ?[:(–—-] ?$/u.exec(line)
  if (lead === null) return nameCriterion(headingAbove(text, place)) ? 'part' : null
  const kind = labelKind(wordsOf(lead[1]), [])
  return kind === 'plain' || kind === 'total' ? null : 'part'
}
