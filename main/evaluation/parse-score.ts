import { withoutFurtherExamples } from './further-examples.ts'
import { fractionsIn, loneNumber } from './scores/bare-numbers.ts'
import { jsonLabels } from './scores/json-labels.ts'
import { type Labelled, labelsIn } from './scores/labels.ts'
import { withoutMarkup } from './scores/markup.ts'
import { type Said, saidIn } from './scores/prose.ts'
import { spokenText } from './scores/spoken-text.ts'
import { readStatedNumber, topScore } from './scores/stated-number.ts'
import { withoutTables } from './scores/tables.ts'

/**
 * The score a judge gave, from 0 to 5, from what it wrote; null where it gave none that can be read. A null is a failure to
 * be counted: no number is ever put in its place, and where a text can be understood in two ways it is a null too.
 *
 * A judge states its score in ways of falling clearness. The clearest kind that occurs decides, also where its number can't
 * be read (a range, another scale, a sum that was cut off): nothing vaguer is believed in its place.
 *
 * 1. a label: `Score: 4`, `**Total score:** 4.5/5`, `"score": 4`, `## Score` above a line `4/5`, a table's row, `得分：4分`;
 * 2. a box: `\boxed{4}`, `[[4]]`;
 * 3. a sentence: `the score is 4 out of 5`, `I would rate this response 4`, `a total of 3 points`;
 * 4. a fraction of five by itself: `4/5`, `4 out of 5`;
 * 5. a first or last line that is nothing but a number.
 *
 * Among labels, a total is believed before a plain one, and of labels that say the same thing the last (a judge that counts
 * up, or corrects itself). What labels name a maximum, a part, a confidence, or what it would take, is not the score; a
 * maximum other than five puts the score on another scale. What follows once the judge begins to invent further
 * examples isn't about this response. Time is linear in the length of the text.
 */
export function parseScore(text: string): number | null {
  const spoken = spokenText(text)
  if (spoken === null) return null
  const json = jsonLabels(spoken)
  if (json !== null) {
    const decided = fromLabels(json)
    if (decided !== undefined) return decided
  }
  const { prose, rows } = withoutTables(withoutMarkup(spoken))
  const labels = withinExample(prose, labelsIn(prose))
  const decided = fromLabels([...rows, ...labels], prose)
  if (decided !== undefined) return decided
  const box = boxedNumber(prose)
  if (box !== null) return box.value
  const isOff = offScale(labels)
  for (const find of [saidIn, fractionsIn]) {
    const said = withinExample(prose, find(prose))
    if (said.length > 0) return fromSaid(said, isOff)
  }
  const lone = loneNumber(prose)
  return lone === null || (isOff && !lone.scaled) ? null : lone.value
}

/** Whether a label names a maximum that is not five. */
const offScale = (labels: readonly Labelled[]): boolean => labels.some(({ kind, value }) => kind === 'bound' && value !== topScore)

/** What the labels say: undefined where none is the judgment's. */
function fromLabels(labels: readonly Labelled[], text = ''): number | null | undefined {
  const totals = labels.filter(({ kind }) => kind === 'total')
  const plain = labels.filter(({ kind }) => kind === 'plain')
  const strong = plain.filter(({ isStrong }) => isStrong)
  const named = totals.filter(({ isStrong }) => isStrong)
  const ranked = [named, totals, strong, plain].find((some) => some.length > 0)
  if (ranked === undefined) return undefined
  const last = ranked[ranked.length - 1]
  if (last.value === null || (offScale(labels) && !last.scaled)) return null
  if (named.length === 0 && totals.length > 0 && !agrees(last, strong)) return null
  if (conflicts(ranked, last)) return null
  return contradicted(text, last) ? null : last.value
}

/** A bare `Total: 5` beside one `Score: 3` may be the maximum; after several it is their sum. */
const agrees = (total: Labelled, scores: readonly Labelled[]): boolean => scores.length !== 1 || scores[0].value === total.value

/** Different labels of one rank that say different things; `final` is believed of them. */
const conflicts = (labels: readonly Labelled[], last: Labelled): boolean =>
  !/final|end|corrected|revised|updated|adjusted/.test(last.label) &&
  labels.some(({ label, value }) => label !== last.label && value !== last.value)

/** Whether a later sentence takes the label's score back: `Actually, the final score should be 3.` */
function contradicted(text: string, last: Labelled): boolean {
  if (text === '') return false
  return saidIn(withoutFurtherExamples(text, last.end)).some(({ at, value, revises }) => at > last.end && revises && value !== last.value)
}

/** What sentences say: the last, where they agree or the last one concludes. */
function fromSaid(said: readonly Said[], isOff: boolean): number | null {
  const last = said[said.length - 1]
  if (isOff && !last.scaled) return null
  return last.concludes || said.every(({ value }) => value === last.value) ? last.value : null
}

/** The content of the last box, where it is a number. */
function boxedNumber(text: string): { value: number | null } | null {
  const place = text.lastIndexOf('⟦')
  const number = place === -1 ? null : readStatedNumber(text, place)
  return number === null || number.supposed ? null : number
}

/** What is stated before the judge begins to invent further examples, which is after its first number. */
function withinExample<Found extends { at: number; end: number; value: number | null }>(
  text: string,
  found: readonly Found[],
): readonly Found[] {
  const first = found.find(({ value }) => value !== null)
  if (first === undefined) return found
  const end = withoutFurtherExamples(text, first.end).length
  return found.filter(({ at }) => at < end)
}
