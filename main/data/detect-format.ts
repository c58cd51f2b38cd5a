import type { JsonLine } from '../common/jsonl.ts'
import type { DataFormat } from '../shared/enums.ts'
import { isObject } from '../shared/is-object.ts'
import { chatNameOf } from './importers/chat.ts'
import { isComparison } from './importers/comparisons.ts'
import { Fields } from './importers/fields.ts'
import { isPlain } from './importers/plain.ts'
import { promptNames } from './importers/prompt-context.ts'

/** How many rows at the start of a file to inspect: enough that a few bad ones don't decide. */
const rowsToLookAt = 50

const hasAll =
  (...names: readonly string[]) =>
  (row: Fields): boolean =>
    names.every((name) => row.has(name))

const listsObjects = (row: Fields, name: string, key: string): boolean => {
  const list = row.peek(name)
  return Array.isArray(list) && list.some((entry) => isObject(entry) && key in entry)
}

/**
 * The fields that identify each format, from the most specific to the most general, since some rows match several (a LLaMA-Factory
 * preference has `conversations` like a chat).
 */
const signs: readonly (readonly [DataFormat, (row: Fields) => boolean])[] = [
  ['oasst-messages', (row) => !row.has('prompt') && hasAll('message_id', 'text', 'role')(row)],
  ['oasst-trees', (row) => row.has('message_tree_id') || (isObject(row.peek('prompt')) && 'replies' in (row.peek('prompt') as object))],
  ['ranked-answers', hasAll('question', 'answer', 'rank')],
  ['rated-answers', isRated],
  ['llama-factory-preferences', hasAll('conversations', 'chosen', 'rejected')],
  ['preferences', hasAll('chosen', 'rejected')],
  ['comparisons', isComparison],
  ['chat', (row) => chatNameOf(row) !== undefined],
  ['self-instruct-seeds', hasAll('instruction', 'instances')],
  ['alpaca', hasAll('instruction', 'output')],
  ['prompt-completion', (row) => row.has('completion') && (row.has('prompt') || Array.isArray(row.peek('completion')))],
  ['plain', isPlain],
]

function isRated(row: Fields): boolean {
  if (!promptNames.some((name) => row.has(name))) return false
  return (
    hasAll('response', 'helpfulness')(row) ||
    listsObjects(row, 'completions', 'response') ||
    listsObjects(row, 'answers', 'rank') ||
    (Array.isArray(row.peek('responses')) && (row.has('scores') || row.has('ranks')))
  )
}

/** The format of most of the first rows; undefined if none matches. In a tie, the more specific format wins. */
export function detectFormat(rows: readonly JsonLine[]): DataFormat | undefined {
  const votes = new Map<DataFormat, number>()
  for (const { value } of rows.slice(0, rowsToLookAt)) {
    const row = isObject(value) ? new Fields(value) : undefined
    const format = row && signs.find(([, matches]) => matches(row))?.[0]
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1)
  }
  const most = Math.max(0, ...votes.values())
  return signs.find(([format]) => votes.get(format) === most)?.[0]
}
