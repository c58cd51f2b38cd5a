import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import type { Imported } from '../imported.ts'
import { type AnnotatedRecord, importAnnotated } from './annotated-records.ts'
import { BadRow, type Fields, kindOf, UnwantedRow } from './fields.ts'

/** Whether a row is one of Label Studio's exports: a task with its annotations, or JSON-MIN's and CSV's annotation of a task. */
export const isLabelStudio = (row: Fields): boolean =>
  (isObject(row.peek('data')) && (Array.isArray(row.peek('annotations')) || Array.isArray(row.peek('completions')))) ||
  (row.has('annotation_id') && row.has('lead_time'))

/**
 * Label Studio's tasks: {id, data, annotations: [{result: [{from_name, type, value}]}]}, or one row per annotation with the data and the
 * answers as fields (JSON-MIN, CSV). Pairwise choices, choices, rankings, ratings, and text areas are read. Canceled annotations don't count.
 */
export const importLabelStudio = (rows: readonly JsonLine[]): Imported => importAnnotated('label-studio', rows, recordOf)

function recordOf(value: unknown): AnnotatedRecord {
  if (!isObject(value)) throw new BadRow(`the row is ${kindOf(value)}, not an object`)
  return isObject(value.data) ? taskRecord(value, value.data) : minimalRecord(value)
}

function taskRecord(task: Record<string, unknown>, data: Record<string, unknown>): AnnotatedRecord {
  const { data: _, annotations, completions, ...rest } = task
  const given = listOf(annotations ?? completions).filter((one) => one.was_cancelled !== true && one.skipped !== true)
  if (listOf(annotations ?? completions).length > 0 && given.length === 0) throw new UnwantedRow('its annotations are canceled')
  const items = itemsIn(data)
  const answers = new Map<string, unknown[]>()
  const unused: Record<string, unknown> = {}
  for (const { result, was_cancelled: _canceled, skipped: _skipped, ...others } of given) {
    for (const [name, value] of Object.entries(others)) unused[`annotations[].${name}`] = value
    for (const { from_name: question, value } of listOf(result)) {
      const answer = answerIn(value, items)
      if (typeof question !== 'string') continue
      if (answer === undefined) unused[`annotations[].result[].${question}`] = value
      else answers.set(question, [...(answers.get(question) ?? []), answer])
    }
  }
  const fields = items === undefined ? data : { ...withoutItems(data, items), ...items.texts }
  return { fields, answers, isSuggested: false, rest: { ...rest, ...unused } }
}

/** The responses that a Ranker shows: a list of {id, body or html} in the data. */
interface Items {
  readonly list: readonly Record<string, unknown>[]
  /** By the names of fields that are compared. */
  readonly texts: Readonly<Record<string, unknown>>
  /** An item's field, by its id. */
  readonly names: ReadonlyMap<unknown, string>
}

function itemsIn(data: Record<string, unknown>): Items | undefined {
  const list = Object.values(data)
    .map(listOf)
    .find((entries) => entries.length > 1 && entries.every((entry) => 'id' in entry))
  if (list === undefined) return undefined
  const named = list.map((item, i) => ({ name: `item ${i + 1}`, id: item.id, text: item.body ?? item.text ?? item.html }))
  return {
    list,
    texts: Object.fromEntries(named.map(({ name, text }) => [name, text])),
    names: new Map(named.map(({ name, id }) => [id, name])),
  }
}

const withoutItems = (data: Record<string, unknown>, { list }: Items): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => !(Array.isArray(value) && value[0] === list[0])))

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** The answer in a result's `value`: {selected}, {choices: [...]}, {rating}, {text: [...]}, or a Ranker's {ranker: {rank: [id]}}. */
function answerIn(value: unknown, items?: Items): unknown {
  if (!isObject(value)) return undefined
  if (isObject(value.ranker)) {
    const lists = Object.values(value.ranker)
    return lists.length === 1 && Array.isArray(lists[0]) ? lists[0].map((id: unknown) => items?.names.get(id) ?? id) : undefined
  }
  if (typeof value.selected === 'string') return value
  const [list] = [value.choices, value.text].filter(Array.isArray)
  if (list !== undefined) return list.length === 1 ? list[0] : list
  return value.rating ?? value.number
}

/** What an annotation row has besides the task's data and the answers. */
const ownNames = new Set(['id', 'annotator', 'annotation_id', 'created_at', 'updated_at', 'lead_time', 'agreement'])

/** In JSON-MIN and CSV, answers are fields like the data: lists of {selected} or {rating}, texts, and labels. */
function minimalRecord(row: Record<string, unknown>): AnnotatedRecord {
  const fields: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  const answers = new Map<string, unknown[]>()
  for (const [name, value] of Object.entries(row)) {
    const written: unknown = typeof value === 'string' && /^\[\s*\{/.test(value) ? parsed(value) : value
    const answer = Array.isArray(written) && written.length === 1 ? answerIn(written[0]) : undefined
    if (ownNames.has(name)) rest[name] = value
    else if (answer !== undefined) answers.set(name, [answer])
    else if (/^(comparison|preference|preferred|winner|choice|better|best)$/i.test(name) && typeof value === 'string')
      answers.set(name, [value])
    else fields[name] = value
  }
  return { fields, answers, isSuggested: false, rest }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
