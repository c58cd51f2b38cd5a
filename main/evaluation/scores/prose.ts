import { scalesIn } from './named-scale.ts'
import { topPattern, topValue } from './number-words.ts'
import { readStatedNumber, topScore } from './stated-number.ts'

const farthest = 140

/** The sentence up to `place`, on its line; a period within a number or after `e.g` doesn't end it. */
export function sentenceBefore(text: string, place: number): string {
  const first = Math.max(0, place - farthest)
  for (let at = place - 1; at >= first; at--) {
    const character = text[at]
    if (character === '\n' || character === '!' || character === '?' || character === '。') return text.slice(at + 1, place)
    if (character === '.' && !isWithin(text, at)) return text.slice(at + 1, place)
  }
  return text.slice(first, place)
}

const isWithin = (text: string, dot: number): boolean =>
  /\d/.test(text[dot + 1] ?? '') || /(?:\b(?:e|g|max|min|z|b|i|ca|approx)|(?:^|\n) ?\d{1,2})$/i.test(text.slice(Math.max(0, dot - 7), dot))

const boundaries = new Set('!?:;,\n|(){}"<>[]⟦⟧。，；：')

/** The clause up to `place`: words that may belong to a label there. */
export function clauseBefore(text: string, place: number): string {
  const first = Math.max(0, place - 60)
  for (let at = place - 1; at >= first; at--) {
    const isDash = /[-–—]/.test(text[at]) && text[at + 1] === ' ' && text[at - 1] === ' '
    if (isDash || boundaries.has(text[at]) || (text[at] === '.' && !isWithin(text, at))) return text.slice(at + 1, place)
  }
  return text.slice(first, place)
}

/** Words before points that the response didn't get, or only might have. */
const missed = new RegExp(
  '(?:prevent|fall(?:s|ing)? short|perfect|(?:higher|lower|more|less|rather|better|worse) than|instead of|close to|short of|keep(?:s|ing)?[^.!?,;]{0,20} from' +
    "|(?:not|n't|cannot|never|hardly|could|would|to|might|may)(?: have)?(?: \\p{L}{1,15}){0,2} (?:earn|receiv|achiev|deserv|merit|warrant|justif|reach|get|gain|attain|obtain|need|requir)\\p{L}{0,5}" +
    "|(?:not|n't|cannot|never)(?: have)?(?: \\p{L}{1,15}){0,2} (?:giv|rat|scor|award|assign|be)\\p{L}{0,4}" +
    '|(?:considered|tempted|hesitat\\p{L}*|debated|thought (?:about|of)|(?:was|were) (?:going|about) to|initially|at first|originally|first impression)' +
    ")[^.!?,;\\n]{0,60}$|(?:not|n't|never) (?:an? )?$|(?:^|[^\\p{L}])(?:required |needed |necessary )?for (?:an? |the )?$",
  'iu',
)

const supposed =
  /(?:^|[^\p{L}])(?:if|unless|suppose|supposing|imagine|assuming|were it|had it|had the|wenn|falls|sofern|hätte|wäre|si(?! )|如果|若|假如|もし)(?!\p{L})[^.!?\n]{0,100}$|(?:would|could|might)(?: then| thus| have)? (?:be|been|reach|become)[^.,:;!?\n]{0,30}$/iu

const example =
  /(?:e\.g\.,?|for (?:example|instance),?|such as|examples?:|(?:in|of|using|follow(?:s|ing)?) (?:the |this )?(?:form|format|style)(?: of)?:?|format(?: is:?|:)|format as|zum beispiel,?|z\. ?b\.|par exemple,?|por ejemplo,?|例如|例えば)[ "'(⟦-]{0,4}(?:\p{L}{1,10} ){0,2}$/iu

/** Whether the statement at `place` is hypothetical, missed, or an example. */
export function isHypothetical(text: string, place: number): boolean {
  const before = sentenceBefore(text, place)
  return before !== '' && (missed.test(before) || example.test(before) || supposed.test(before))
}

/** A score stated in a sentence; the value is null if ambiguous. */
export interface Said {
  readonly value: number | null
  readonly scaled: boolean
  /** Whether its sentence draws a conclusion: `therefore`, `overall`, `so`. */
  readonly concludes: boolean
  /** Whether it refers to an earlier score: `actually`, `the final score`. */
  readonly revises: boolean
  readonly at: number
  readonly end: number
}

const filler =
  "(?:for|of|to|is|was|be|would|will|should|the|this|that|a|an|as|it|at|with|therefore|thus|hence|total|overall|final|user's|ai|assistant|assistant's|model|model's|response|answer|reply|output|given|awarded|assigned|points?|mark|score|rating|grade|out of (?:five|5))"
const adjective =
  '(?: (?:solid|strong|clear|full|good|fair|firm|modest|mere|straight|decent|respectable|generous|perfect|high|low|weak|just|only|overall|total|final))?'
const statements = [
  `(?<![\\p{L}\\p{N}])(?:scores?|scored|rating|grade|rated?|marks?|total points)(?: ${filler}){0,8}${adjective}(?= )`,
  `(?<!\\p{L})(?:giv(?:e|es|ing)|gave|award(?:s|ed|ing)?|assign(?:s|ed|ing)?|deserves?|merits?|earns?|earned|gets|got|receives?|received|warrants?)(?: ${filler}){0,6}(?: an?)?${adjective}(?= )`,
  `(?<!\\p{L})(?:settle[ds]? (?:on|for)|land(?:s|ed)? (?:on|at)|go(?:es|ing)? with|arrive[ds]? at|conclude[ds]? with|end(?:s|ed)? (?:up )?(?:with|at)|verdict is|comes? to|c[ao]me to|amounts? to|adds? up to)(?: ${filler}){0,4}(?: an?)?${adjective}(?= )`,
  `(?<!\\p{L})total of(?= \\S{1,12} points?(?!\\p{L}))`,
  `(?<!\\p{L})(?:vergebe|gebe|geben|vergeben|erhält|bekommt|bewerte|verdient|erreicht|erzielt)(?: (?:ich|wir|von mir|mir|daher|somit|also|hier|insgesamt|dafür|dieser|diese|die|der|antwort|sie|mit|ihr|eine?n?|note|bewertung|von|punktzahl)){0,8}(?= )`,
  `(?<!\\p{L})(?:donne|donnerais|attribue|mets|accorde|mérite|obtient|reçoit|évalue)(?: (?:donc|une?|la|le|note|de|à|cette|réponse|score|lui)){0,8}(?= )`,
  `(?<!\\p{L})(?:doy|daría|otorgo|asigno|merece|obtiene|recibe|califico|puntúo)(?: (?:una?|la|el|nota|puntuación|puntaje|calificación|de|a|esta|respuesta|con|por tanto|le)){0,8}(?= )`,
  `(?<!\\p{L})(?:dou|daria|atribuo|merece|obtém|recebe|do|darei|assegno|merita|ottiene|riceve)(?: (?:una?|um|uma|la|il|a|o|nota|voto|punteggio|pontuação|de|di|esta|resposta|questa|risposta|à)){0,8}(?= )`,
  `(?:给予|给出?|給出?|打出?|得到?|评为|評為|获得|獲得|つけ|与え)(?:了|这个|該|该|回答|回复|它|的|評価|为|為| ){0,6}(?=[\\d一二三四五零两⟦] ?(?:\\.\\d)?[^\\n]{0,2}[分点])`,
  `(?:私|僕|この回答|回答|応答)[^。\\n\\d]{0,12}(?:は|に|を)(?=\\d(?:\\.\\d)?点)`,
]
const statement = new RegExp(statements.join('|'), 'giu')

const concluding =
  /(?:^|[^\p{L}])(?:therefore|thus|hence|so|overall|final(?:ly)?|total|in (?:conclusion|total|summary|sum)|all in all|actually|wait|on reflection|reconsider(?:ing)?|insgesamt|daher|somit|also|donc|finalement|en conclusion|por (?:lo )?tanto|en total|quindi|portanto|因此|所以|最终|总|よって|したがって)(?!\p{L})/iu

/** Whether a sentence draws a conclusion. */
export const concludes = (sentence: string): boolean => concluding.test(sentence)

/** Verbs that need a subject to show who got the number: `the user got 2`. */
const ofWhom =
  /^(?:gets|got|receives?|received|earns?|earned|deserves?|merits?|warrants?)(?!.* an?(?: |$)|.*(?:score|rating|grade|total))/iu
const subject = /(?:response|answer|reply|it|this|assistant|output|text)(?: \p{L}{1,12}){0,2} $/iu
const revising =
  /(?:^|[^\p{L}])(?:actually|wait|on reflection|on second thought|reconsider\p{L}*|correct(?:ion|ed)|revise[sd]?|change|final|overall|total)(?!\p{L})/iu

/** All scores stated in sentences: `I would rate this response 4`, `a total of 3 points`. */
export function saidIn(text: string): Said[] {
  const said: Said[] = []
  for (const match of text.matchAll(statement)) {
    const place = match.index + match[0].length
    const number = readStatedNumber(text, place)
    if (number === null || number.supposed || text.slice(place, number.end).includes('\n')) continue
    if (isCutRange(text, place, match[0]) || isHypothetical(text, place) || isSupposition(match[0], text, number.end)) continue
    if (!number.scaled && isOfSomethingElse(text, match, place, number.end)) continue
    const sentence = sentenceBefore(text, match.index) + match[0]
    const isOff = !number.scaled && [...scalesIn(sentence), ...outOf(sentence)].some((top) => top !== topScore)
    said.push({
      ...number,
      value: isOff ? null : number.value,
      concludes: concludes(sentence),
      revises: revising.test(sentence),
      at: match.index,
    })
  }
  return said
}

/** `score (0` of `Score (0-5): 4`, cut off. */
const isCutRange = (text: string, place: number, words: string): boolean =>
  /^ ?[([{<]/.test(text.slice(place, place + 2)) && !/(?: of| an?| is)$/i.test(words)

/** `would be 5 if it named its sources`. */
const isSupposition = (words: string, text: string, end: number): boolean =>
  /(?:would|could|might|should)(?: \p{L}{1,9})? be(?: |$)/iu.test(words) && isConditional(text, end)

/** Whether the number belongs to someone else, to a part of the judgement, or counts things. */
const isOfSomethingElse = (text: string, match: RegExpExecArray, place: number, end: number): boolean =>
  isPart(text, sentenceBefore(text, place), place, end) ||
  (ofWhom.test(match[0]) && !subject.test(text.slice(Math.max(0, match.index - 40), match.index))) ||
  countsThings(text, end)

/** Whether a sentence gives the number from `place` to `end` to a single requirement: `it earns 1 point`, `2 points for clarity`. */
function isPart(text: string, sentence: string, place: number, end: number): boolean {
  const number = text.slice(place, end + 20)
  if (/^.{0,12}? ?points? (?:for|as|because|since)(?!\p{L})/iu.test(number)) return true
  if (/score|rating|total|grade/i.test(sentence)) return false
  return (
    /^\W{0,3}(?:1|one|half|an?) (?:full )?point(?!s)/i.test(number) ||
    (/(?:earn|get|got|receiv|deserv|merit|add(?!s? up))/i.test(sentence) && /^.{0,8}? points?(?!\p{L})/iu.test(number))
  )
}

/** Whether the sentence continues with a condition. */
const isConditional = (text: string, place: number): boolean =>
  /^[^.!?\n]{0,60}(?:^|[^\p{L}])(?:if|had|unless|were)(?!\p{L})/iu.test(text.slice(place, place + 80))

/** A number that counts things: `gives 4 examples`, `scores 3 goals`. */
export const countsThings = (text: string, place: number): boolean =>
  /^ (?!(?:points?|stars?|marks?|from|overall|because|since|as|for|and|but|due|based|on|in|given|with|which|although|though|while|however|here|to|out|since|rather|seems?|is|was|appears|feels|looks|reflects|fits|applies|stands|altogether|geben|vergeben|wert|instead|at|by|from|punkte?n?|points|puntos|punti|pontos|mais|aber|weil|da|car|pero|porque|perché|per|pour|por|als|ya|parce|then|now)(?!\p{L}))\p{L}/iu.test(
    text.slice(place, place + 24),
  )

const outOfScale = new RegExp(`(?:out of|von|sur|auf|de) (?:a |the )?(\\d{1,4}|(?:${topPattern})(?!\\p{L}))(?= ?[,:]| points?,)`, 'giu')
const outOf = (sentence: string): number[] => [...sentence.matchAll(outOfScale)].map((found) => topValue(found[1]))
