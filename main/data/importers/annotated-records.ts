import type { JsonLine } from '../../common/jsonl.ts'
import { mean } from '../../common/numbers.ts'
import type { DataFormat } from '../../shared/enums.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Imported } from '../imported.ts'
import { importChat } from './chat.ts'
import { BadRow, UnwantedRow } from './fields.ts'
import { importPlain } from './plain.ts'
import { importPreferences } from './preferences.ts'
import { importPromptCompletion } from './prompt-completion.ts'
import { importRatedAnswers } from './rated-answers.ts'
import { attempt, type Notes, newNotes, tell } from './read-rows.ts'
import { plainSide, type Sides, sideNamed, sidesOf } from './sides.ts'

/** A record of an annotation tool: what annotators saw, and what they answered. */
export interface AnnotatedRecord {
  readonly fields: Readonly<Record<string, unknown>>
  /** By question: the answer of each annotator. */
  readonly answers: ReadonlyMap<string, readonly unknown[]>
  /** Whether the answers are a model's, since no user gave one. */
  readonly isSuggested: boolean
  /** Everything else, by the path under which it is reported as unused. */
  readonly rest: Readonly<Record<string, unknown>>
}

type Kind = 'preferences' | 'ranked' | 'chat' | 'completion' | 'plain'
interface PlainRow {
  readonly kind: Kind
  readonly row: Record<string, unknown>
}

const readers: Readonly<Record<Kind, (rows: readonly JsonLine[]) => Imported>> = {
  preferences: importPreferences,
  ranked: importRatedAnswers,
  chat: importChat,
  completion: importPromptCompletion,
  plain: importPlain,
}

/**
 * Reads an annotation tool's records: a choice between two responses is a preference, a ranking of several or a rating of each makes ranked
 * answers, and a written text is the response to imitate. Of several annotators the majority counts; if there is none, the record is skipped.
 * A file holds one kind; records of other kinds than most are left out.
 */
export function importAnnotated(format: DataFormat, rows: readonly JsonLine[], recordOf: (value: unknown) => AnnotatedRecord): Imported {
  const notes = newNotes()
  const read = rows.flatMap(({ line, value }) => {
    const plain = attempt(line, notes, () => plainRowOf(recordOf(value), notes))
    return plain === undefined ? [] : [{ line, ...plain }]
  })
  const counts = Map.groupBy(read, ({ kind }) => kind)
  const kind = [...counts].reduce<[Kind, number]>((most, [one, { length }]) => (length > most[1] ? [one, length] : most), ['plain', 0])[0]
  for (const { line, kind: other } of read) {
    if (other === kind) continue
    const reason = other === 'plain' ? 'it has no answer to compare its responses by' : 'its answer is of another kind than in most records'
    notes.skipped.push({ line, reason })
  }
  const imported = readers[kind](read.filter((one) => one.kind === kind).map(({ line, row }) => ({ line, value: row })))
  return {
    ...imported,
    format,
    rejected: [...notes.rejected, ...imported.rejected].sort((a, b) => a.line - b.line),
    skipped: [...notes.skipped, ...imported.skipped].sort((a, b) => a.line - b.line),
    notes: [
      ...[...notes.told].map(([remark, count]) => remark.replace('{}', `${count} ${count === 1 ? 'row' : 'rows'}`)),
      ...imported.notes,
    ],
  }
}

function plainRowOf(record: AnnotatedRecord, notes: Notes): PlainRow {
  const { fields, answers, isSuggested, rest } = record
  const sides = sidesOf(Object.keys(fields))
  const compared = sides === undefined ? undefined : comparedRow(record, sides)
  const found = compared ?? {
    kind: kindOfFields(fields),
    row: { ...writtenRow(fields, answers), ...rest },
  }
  if (isSuggested && answers.size > 0) tell(notes, 'Suggestions by a model count where no user answered ({}).')
  return found
}

function kindOfFields(fields: Readonly<Record<string, unknown>>): Kind {
  if ('messages' in fields) return 'chat'
  if ('chosen' in fields) return 'preferences'
  return 'completion' in fields ? 'completion' : 'plain'
}

/** A record whose responses are compared by a question; undefined if no question does. */
function comparedRow({ fields, answers, rest }: AnnotatedRecord, sides: Sides): PlainRow | undefined {
  const others = Object.fromEntries(Object.entries(fields).filter(([name]) => !sides.names.includes(name)))
  const kept = (used: readonly string[]): Record<string, unknown> => ({
    ...others,
    ...Object.fromEntries([...answers].flatMap(([name, values]) => (used.includes(name) ? [] : [[name, values[0]]]))),
    ...rest,
  })
  const rated = (side: string, question: string): boolean => plainSide(question).startsWith(plainSide(side))
  const ratings = sides.names.map((side) =>
    [...answers].find(([question, values]) => rated(side, question) && ratingOf(values) !== undefined),
  )
  if (ratings.every((rating) => rating !== undefined)) {
    const places = ratings.map(([, values]) => -(ratingOf(values) ?? 0))
    return rankedRow(kept(ratings.map(([question]) => question)), fields, sides, places)
  }
  for (const [question, values] of answers) {
    // a rating of 2 isn't a choice of the second response
    if (ratingOf(values) !== undefined && (isRating.test(question) || sides.names.some((side) => rated(side, question)))) continue
    const choices = values.map((value) => sideNamed(value, sides))
    if (choices.length > 0 && choices.every((choice) => choice !== undefined)) {
      return chosenRow(kept([question]), fields, sides, majority(question, choices))
    }
    const orders = values.map((value) => orderOf(value, sides))
    if (orders.length > 0 && orders.every((order) => order !== undefined))
      return rankedRow(kept([question]), fields, sides, meanPlaces(orders))
  }
  return undefined
}

const isRating = /rating|score|quality|likert|stars|grade/i

function chosenRow(others: Record<string, unknown>, fields: Readonly<Record<string, unknown>>, { names }: Sides, best: string): PlainRow {
  if (names.length > 2)
    return rankedRow(
      others,
      fields,
      { names },
      names.map((name) => (name === best ? 0 : 1)),
    )
  const worse = names.find((name) => name !== best) ?? best
  const row: Record<string, unknown> = { ...others, chosen: fields[best], rejected: fields[worse] }
  for (const [side, name] of [
    [best, 'score_chosen'],
    [worse, 'score_rejected'],
  ]) {
    const from = [`${side}_score`, `score_${plainSide(side).slice(-1)}`].find((one) => others[one] !== undefined)
    if (from === undefined) continue
    row[name] = others[from]
    delete row[from]
  }
  return { kind: 'preferences', row }
}

/** Lower values are better; equal ones share a rank. */
function rankedRow(
  others: Record<string, unknown>,
  fields: Readonly<Record<string, unknown>>,
  { names }: Sides,
  values: readonly number[],
): PlainRow {
  return { kind: 'ranked', row: { ...others, answers: names.map((name, i) => ({ answer: fields[name], rank: values[i] })) } }
}

function majority(question: string, choices: readonly (string | null | undefined)[]): string {
  const counts = [...Map.groupBy(choices, (choice) => choice)].map(([choice, votes]) => ({ choice, votes: votes.length }))
  const most = Math.max(...counts.map(({ votes }) => votes))
  const winners = counts.filter(({ votes }) => votes === most)
  if (winners.length > 1) throw new UnwantedRow(`its annotators disagree on "${question}"`)
  const [{ choice }] = winners
  if (typeof choice !== 'string') throw new UnwantedRow(`"${question}" prefers neither response`)
  return choice
}

/** The place of each side in a ranking: a list of sides, best first, or of {value, rank}, or such a list as columns. */
function orderOf(value: unknown, sides: Sides): number[] | undefined {
  if (isObject(value) && Array.isArray(value.value) && Array.isArray(value.rank)) {
    const { value: names, rank } = value
    return orderOf(
      names.map((name: unknown, i) => ({ value: name, rank: rank[i] })),
      sides,
    )
  }
  if (!Array.isArray(value) || value.length !== sides.names.length) return undefined
  const placed = value.map((entry: unknown, i) =>
    isObject(entry) && 'value' in entry
      ? { side: sideNamed(entry.value, sides), place: Number(entry.rank) }
      : { side: sideNamed(entry, sides), place: i },
  )
  const places = sides.names.map((name) => placed.find(({ side }) => side === name)?.place)
  return places.every((place) => place !== undefined && Number.isFinite(place)) ? (places as number[]) : undefined
}

const meanPlaces = (orders: readonly (readonly number[] | undefined)[]): number[] =>
  (orders[0] ?? []).map((_, i) => orders.reduce((sum, order) => sum + (order?.[i] ?? 0), 0) / orders.length)

/** The mean of numeric ratings; undefined if one isn't a number. */
function ratingOf(values: readonly unknown[]): number | undefined {
  const numbers = values.map((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value))
  if (numbers.length === 0 || !numbers.every((number) => typeof number === 'number' && Number.isFinite(number))) return undefined
  return mean(numbers as number[])
}

const correction = /correct|edit|improv|rewrit|better|revis|fix/i
const responseNames = /^(response|completion|output|answer|generation|reply)$/i

/** A record without a comparison: a text that annotators wrote is the response. */
function writtenRow(fields: Readonly<Record<string, unknown>>, answers: AnnotatedRecord['answers']): Record<string, unknown> {
  const texts = [...answers].filter(([, values]) => typeof values[0] === 'string' && values[0].trim() !== '')
  const own = Object.keys(fields).find((name) => responseNames.test(name))
  const corrected =
    texts.find(([question]) => correction.test(question) || responseNames.test(question)) ??
    (own === undefined && texts.length === 1 ? texts[0] : undefined)
  if (corrected !== undefined && new Set(corrected[1]).size > 1) throw new BadRow(`"${corrected[0]}" has several different texts`)
  const answered = [...answers].map(([question, values]): [string, unknown] => [
    question in fields ? `${question} (question)` : question,
    values[0],
  ])
  if (corrected === undefined) return { ...fields, ...Object.fromEntries(answered) }
  const { [own ?? '']: original, ...others } = fields
  return {
    ...others,
    ...Object.fromEntries(answered.filter(([question]) => question.replace(' (question)', '') !== corrected[0])),
    response: corrected[1][0],
    ...(original !== undefined && { 'the original response': original }),
  }
}
