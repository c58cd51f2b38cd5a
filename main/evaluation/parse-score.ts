import { withoutFurtherExamples } from './further-examples.ts'
import { fractionsIn, loneNumber } from './scores/bare-numbers.ts'
import { jsonLabels } from './scores/json-labels.ts'
import { withoutMarkup } from './scores/markup.ts'
import { type Said, saidIn } from './scores/prose.ts'
import { type Labelled, labelsIn } from './scores/score-labels.ts'
import { spokenText } from './scores/spoken-text.ts'
import { readStatedNumber, topScore } from './scores/stated-number.ts'
import { withoutTables } from './scores/tables.ts'

/**
 * Parses the score, from 0 to 5, from a judge's text; null if it contains no readable score. A null is a failure to be counted: it is never
 * replaced by a number, and an ambiguous text is a null too.
 *
 * Judges state scores in more or less explicit ways. The most explicit kind that occurs decides, even if its number can't be parsed (a
 * range, another scale, a truncated sum): no less explicit one takes its place.
 *
 * 1. a label: `Score: 4`, `**Total score:** 4.5/5`, `"score": 4`, `## Score` above a line `4/5`, a table row, `得分：4分`
 * 2. a box: `\boxed{4}`, `[[4]]`
 * 3. a sentence: `the score is 4 out of 5`, `I would rate this response 4`, `a total of 3 points`
 * 4. a fraction of five by itself: `4/5`, `4 out of 5`
 * 5. a first or last line that is nothing but a number
 *
 * Among labels, a total takes precedence over a plain one, and among labels of the same meaning the last one counts (a judge may count up
 * or correct itself). Labels of a maximum, a part, a confidence, or a hypothetical aren't the score; a maximum other than five puts the
 * score on another scale. Anything after the judge starts to invent further examples isn't about this response. Time is linear in the
 * text's length.
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

/** Whether a label names a maximum other than five. */
const offScale = (labels: readonly Labelled[]): boolean => labels.some(({ kind, value }) => kind === 'bound' && value !== topScore)

/** The score from the labels; undefined if none of them belongs to the judgement. */
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

/** A bare `Total: 5` next to a single `Score: 3` may be the maximum; after several scores it is their sum. */
const agrees = (total: Labelled, scores: readonly Labelled[]): boolean => scores.length !== 1 || scores[0].value === total.value

/** Labels of the same rank that disagree, unless the last one is marked as `final` or similar. */
const conflicts = (labels: readonly Labelled[], last: Labelled): boolean =>
  !/final|end|corrected|revised|updated|adjusted/.test(last.label) &&
  labels.some(({ label, value }) => label !== last.label && value !== last.value)

/** Whether a later sentence revises the label's score: `Actually, the final score should be 3.` */
function contradicted(text: string, last: Labelled): boolean {
  if (text === '') return false
  return saidIn(withoutFurtherExamples(text, last.end)).some(({ at, value, revises }) => at > last.end && revises && value !== last.value)
}

/** The score from sentences: the last one, if they agree or if it concludes. */
function fromSaid(said: readonly Said[], isOff: boolean): number | null {
  const last = said[said.length - 1]
  if (isOff && !last.scaled) return null
  return last.concludes || said.every(({ value }) => value === last.value) ? last.value : null
}

/** The content of the last box, if it is a number. */
function boxedNumber(text: string): { value: number | null } | null {
  const place = text.lastIndexOf('⟦')
  const number = place === -1 ? null : readStatedNumber(text, place)
  return number === null || number.supposed ? null : number
}

/** Keeps what comes before the judge starts to invent further examples, which is after its first number. */
function withinExample<Found extends { at: number; end: number; value: number | null }>(
  text: string,
  found: readonly Found[],
): readonly Found[] {
  const first = found.find(({ value }) => value !== null)
  if (first === undefined) return found
  const end = withoutFurtherExamples(text, first.end).length
  return found.filter(({ at }) => at < end)
}
