import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import { type Imported, provenanceNames } from '../imported.ts'
import { type AnnotatedRecord, importAnnotated } from './annotated-records.ts'
import { BadRow, type Fields, kindOf } from './fields.ts'

const ownNames = /^(id|_server_id|status|inserted_at|updated_at|external_id)$/

/** Whether a row is an Argilla record: as exported to JSON, or flattened into columns for the datasets library. */
export const isArgilla = (row: Fields): boolean =>
  (isObject(row.peek('fields')) && (row.has('responses') || row.has('suggestions'))) ||
  (row.has('status') && row.names.some((name) => /\.(responses|suggestion)$/.test(name))) ||
  row.names.some((name) => areOfUsers(row.peek(name)) || row.has(`${name}-suggestion`))

/** Whether a column has the answers of users to a question: version 1's data sets on the Hub. */
const areOfUsers = (value: unknown): value is readonly Record<string, unknown>[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isObject(one) && 'user_id' in one && 'value' in one && 'status' in one)

/**
 * Argilla's records: {id, fields, metadata, suggestions, responses} of version 2 (answers by question) and of version 1 (a list of users'
 * `values`), or as columns: version 2's `question.responses` and `question.suggestion`, version 1's `question` with a list of users'
 * answers and `question-suggestion`. Only submitted responses count.
 */
export const importArgilla = (rows: readonly JsonLine[]): Imported => importAnnotated('argilla', rows, recordOf)

function recordOf(value: unknown): AnnotatedRecord {
  if (!isObject(value)) throw new BadRow(`the row is ${kindOf(value)}, not an object`)
  if (value.status === 'discarded') throw new BadRow('the record is discarded')
  return isObject(value.fields) ? nestedRecord(value, value.fields) : flatRecord(value)
}

function nestedRecord(record: Record<string, unknown>, fields: Record<string, unknown>): AnnotatedRecord {
  const { responses, suggestions, metadata } = record
  const given = Array.isArray(responses) ? answersOfUsers(responses) : answersByQuestion(responses)
  const suggested = suggestedAnswers(suggestions)
  return {
    fields,
    answers: given.size > 0 ? given : suggested.answers,
    isSuggested: given.size === 0,
    rest: { ...metadataFields(metadata), ...suggested.rest, ...restOf(record, ['fields', 'responses', 'suggestions', 'metadata']) },
  }
}

/** Version 1: [{values: {question: {value}}, status}]. */
function answersOfUsers(responses: readonly unknown[]): Map<string, unknown[]> {
  const answers = new Map<string, unknown[]>()
  for (const response of responses) {
    if (!isObject(response) || !isObject(response.values) || (response.status ?? 'submitted') !== 'submitted') continue
    for (const [question, answer] of Object.entries(response.values)) add(answers, question, isObject(answer) ? answer.value : answer)
  }
  return answers
}

/** Version 2: {question: [{value, user_id, status}]}. */
function answersByQuestion(responses: unknown): Map<string, unknown[]> {
  const answers = new Map<string, unknown[]>()
  for (const [question, given] of Object.entries(isObject(responses) ? responses : {})) {
    for (const one of Array.isArray(given) ? given : []) {
      if (isObject(one) && (one.status ?? 'submitted') === 'submitted') add(answers, question, one.value)
    }
  }
  return answers
}

function suggestedAnswers(suggestions: unknown): { answers: Map<string, unknown[]>; rest: Record<string, unknown> } {
  const answers = new Map<string, unknown[]>()
  const rest: Record<string, unknown> = {}
  const list: [string, unknown][] = Array.isArray(suggestions)
    ? suggestions.map((one: unknown) => [isObject(one) ? String(one.question_name) : '', one])
    : Object.entries(isObject(suggestions) ? suggestions : {})
  for (const [question, suggestion] of list) {
    if (!isObject(suggestion)) continue
    add(answers, question, suggestion.value)
    for (const [name, value] of Object.entries(suggestion))
      if (!['value', 'question_name', 'question_id', 'type'].includes(name)) rest[`suggestions.${question}.${name}`] = value
  }
  return { answers, rest }
}

/** Metadata of Laurel's exports. */
const ownMetadata = new Set([...provenanceNames, 'score_a', 'score_b', 'weights', 'task', 'classification'])

/** Metadata under its own name if it is Laurel's, so that an export keeps its meaning. */
const metadataFields = (metadata: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isObject(metadata) ? metadata : {}).map(([name, value]) => [
      ownMetadata.has(name) || (name === 'label' && typeof value === 'boolean') ? name : `metadata.${name}`,
      value,
    ]),
  )

interface FlatParts {
  readonly given: Map<string, unknown[]>
  readonly suggested: Map<string, unknown[]>
  readonly fields: Record<string, unknown>
  readonly rest: Record<string, unknown>
}

function flatRecord(row: Record<string, unknown>): AnnotatedRecord {
  const parts: FlatParts = { given: new Map(), suggested: new Map(), fields: {}, rest: {} }
  for (const [name, value] of Object.entries(row)) if (!readColumnOfUsers(row, name, value, parts)) readColumn(row, name, value, parts)
  const { given, suggested, fields, rest } = parts
  return { fields, answers: given.size > 0 ? given : suggested, isSuggested: given.size === 0, rest }
}

/** Reads a column of version 1's answers or suggestions; false if it is none. */
function readColumnOfUsers(row: Record<string, unknown>, name: string, value: unknown, { given, suggested, rest }: FlatParts): boolean {
  const [, question, isMetadata] = /^(.+)-suggestion(-metadata)?$/.exec(name) ?? []
  if (question !== undefined && question in row) {
    if (isMetadata === undefined) add(suggested, question, value)
    else if (isObject(value) && Object.values(value).some((one) => one != null)) rest[name] = value
    return true
  }
  const answers = areOfUsers(value) ? value : []
  for (const one of answers) if ((one.status ?? 'submitted') === 'submitted') add(given, name, one.value)
  return answers.length > 0 || `${name}-suggestion` in row
}

function readColumn(row: Record<string, unknown>, name: string, value: unknown, { given, suggested, fields, rest }: FlatParts): void {
  const [, question, part] = /^(.+?)\.(responses|suggestion)(?:\.\w+)?$/.exec(name) ?? []
  if (question === undefined) (ownNames.test(name) ? rest : fields)[name] = value
  else if (name.endsWith('.responses') && Array.isArray(value)) {
    const statuses = row[`${name}.status`]
    value.forEach((answer, i) => {
      const status: unknown = Array.isArray(statuses) ? statuses[i] : null
      if (answer != null && (status ?? 'submitted') === 'submitted') add(given, question, answer)
    })
  } else if (name.endsWith('.suggestion') && value != null) add(suggested, question, value)
  else if (part === 'suggestion') rest[name] = value
}

const restOf = (record: Record<string, unknown>, used: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !used.includes(name)))

function add(answers: Map<string, unknown[]>, question: string, value: unknown): void {
  if (value == null) return
  const list = answers.get(question)
  if (list === undefined) answers.set(question, [value])
  else list.push(value)
}
