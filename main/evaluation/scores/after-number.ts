import { scalesIn, scalesNamedBy } from './named-scale.ts'
import { spelledPattern, spelledValue } from './number-words.ts'

/** The context after a number. */
interface AfterNumber {
  /** Whether the number ends its statement: at the end of a line or sentence, or before brackets or a dash. */
  readonly terminated: boolean
  /** Whether it isn't a single score after all: a range, an unfinished sum, an ordinal, another scale. */
  readonly isOtherwise: boolean
  /** Whether it is hypothetical or explained: `5 would need an example`, `5 means perfect`. */
  readonly supposed: boolean
}

const another = `(?:\\d|(?:${spelledPattern})(?!\\p{L}))`
const joined = new RegExp(
  ` ?(?:[-–—~→/×±]|->|=>) ?${another}|\\^|[ ,;(]{1,2}(?:to|or|bis|oder|ou|o|à|a|y|e|et|und|and|&|till|through|vs\\.?|versus|maybe|perhaps|possibly|potentially|arguably|if not|vielleicht|peut-être)(?: (?:maybe|perhaps|possibly|even|a|an))* ${another}` +
    `| ?\\+|±| ?\\| ?\\d| \\d|[-–] ?(?:$|\\n)|(?:或者?|到|至|か|から|または) ?\\d|(?:, ?\\d(?:\\.\\d{1,2})?){1,9} ?(?:$|\\n|,? ?and )`,
  'iuy',
)
/** Right after the digits: a longer number, an ordinal, another unit. */
const glued = /[.,]\d|['’]\d|(?!で|だ|と|を|입|이)\p{L}|:\d/uy
const corrected =
  / ?[.,;:!?(…–—-]{1,3} ?(?:wait|actually|correction|hmm|scratch that|make (?:that|it)|no(?=,| wait)|sorry|oops|i mean|rather|nein|besser|eher|non,|plutôt)(?!\p{L})[^\n]{0,40}\d/iuy
const supposition =
  /[ ,]{0,2}(?:would|could|might|may|requires?|needs?|means?|if|when|indicates?|represents?|corresponds?|stands for|is (?:for|reserved|only|given (?:to|when|if|for))|wäre|würde|wenn|falls|bedeutet|si|serait|sería|signifie|significa|exige|requiert|如果|若|表示|意味)(?!\p{L})| ?=(?= ?\p{L})|\?/iuy
const end = /[ "')\]⟧」】]{0,3}(?:$|[\n.;!,:([|。，、；！]| ?[-–—](?!\d)| ?=)/y
const aside = / ?[([]([^()[\]\n]{0,80})/y

/** Examines what follows a number that ends at `numberEnd`; with unit and scale it ends at `stated`. */
export function afterNumber(text: string, numberEnd: number, stated: number, scaled: boolean): AfterNumber {
  const line = text.slice(stated, stated + 120).split('\n', 1)[0]
  const bracketed = at(aside, text, stated)?.[1] ?? ''
  const isBare = numberEnd === stated
  return {
    terminated: at(end, text, stated) !== null,
    supposed: at(supposition, text, stated) !== null,
    isOtherwise:
      (/^(?:\d|\p{L}{3,5}$)/u.test(bracketed) && contradicts(bracketed, text, numberEnd)) ||
      (isBare && at(glued, text, numberEnd) !== null) ||
      (!scaled && at(joined, text, numberEnd) !== null) ||
      at(joined, text, stated) !== null ||
      at(corrected, text, stated) !== null ||
      [...scalesNamedBy(bracketed.replace(/\d{1,3} ?%/g, '')), ...scalesIn(line.split(/[.!?](?: |$)/, 1)[0])].some((top) => top !== 5),
  }
}

/** `four (5)`: brackets that contain only a different number. */
function contradicts(bracketed: string, text: string, numberEnd: number): boolean {
  const other = new RegExp(`^ ?(?:(\\d(?:[.,]\\d{1,3})?)|(${spelledPattern})) ?$`, 'iu').exec(bracketed)
  if (other === null) return false
  const value = other[1] === undefined ? spelledValue(other[2]) : Number(other[1].replace(',', '.'))
  const written = /(?:(\d(?:[.,]\d{1,20})?)|(\p{L}{1,12}))$/u.exec(text.slice(Math.max(0, numberEnd - 24), numberEnd))
  const own = written === null ? undefined : written[1] === undefined ? spelledValue(written[2]) : Number(written[1].replace(',', '.'))
  return own !== undefined && own !== value
}

function at(pattern: RegExp, text: string, place: number): RegExpExecArray | null {
  pattern.lastIndex = place
  return pattern.exec(text)
}
