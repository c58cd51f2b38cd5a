import type { JsonLine } from '../common/jsonl.ts'
import type { Format } from './imported.ts'
import { isObject } from './importers/rows.ts'

/** How many rows at a file's start are looked at: enough that a few bad ones do not decide. */
const rowsToLookAt = 50

/**
 * What tells each format: its fields, from the most particular to the most general, since some rows satisfy several
 * (a LLaMA-Factory preference has `conversations` like a chat).
 */
const signs: readonly (readonly [Format, (row: Record<string, unknown>) => boolean])[] = [
  ['oasst-trees', (row) => 'message_tree_id' in row || (isObject(row.prompt) && 'replies' in row.prompt)],
  ['ranked-answers', (row) => 'question' in row && 'answer' in row && 'rank' in row],
  ['llama-factory-preferences', (row) => 'conversations' in row && 'chosen' in row && 'rejected' in row],
  ['preferences', (row) => 'chosen' in row && 'rejected' in row],
  ['chat', (row) => 'conversations' in row || 'messages' in row],
  ['self-instruct-seeds', (row) => 'instruction' in row && 'instances' in row],
  ['alpaca', (row) => 'instruction' in row && 'output' in row],
  ['prompt-completion', (row) => 'prompt' in row && 'completion' in row],
  ['plain', (row) => ['prompt', 'text', 'turns', 'instruction'].some((name) => name in row)],
]

/** The format most of the first rows have; undefined where none has any. A draw goes to the more particular format. */
export function detectFormat(rows: readonly JsonLine[]): Format | undefined {
  const votes = new Map<Format, number>()
  for (const { value } of rows.slice(0, rowsToLookAt)) {
    const format = isObject(value) ? signs.find(([, matches]) => matches(value))?.[0] : undefined
    if (format !== undefined) votes.set(format, (votes.get(format) ?? 0) + 1)
  }
  const most = Math.max(0, ...votes.values())
  return signs.find(([format]) => votes.get(format) === most)?.[0]
}
