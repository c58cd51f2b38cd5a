import { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { readJsonDocument } from '../common/json-document.ts'
import { jsonLinesWriter, readJsonLines } from '../common/jsonl.ts'
import { message, type PromptInput } from '../shared/engine-protocol.ts'
import { badInput, LaurelError } from '../shared/errors.ts'

/** Reads and validates a JSON document. Errors name the file and the invalid key; `remedy` describes the expected form. */
export function readJsonInput<T>(path: string, schema: z.ZodType<T>, remedy: string): T {
  const parsed = schema.safeParse(readJsonDocument(path, remedy))
  if (!parsed.success) throw badInput(`${path}: ${describeIssues(parsed.error)}`, remedy)
  return parsed.data
}

/** A row of an input file: the parsed value, and the original object, which is written back with the result. */
export interface InputRow<T> {
  readonly line: number
  readonly own: Record<string, unknown>
  readonly value: T
}

const jsonObject = z.record(z.string(), z.unknown())

/**
 * Reads and validates every row of a JSON Lines file. The first invalid row ends the command with the file's name and the line. So does an
 * empty file, which is surely a mistake. `remedy` describes the expected rows.
 */
export function readRows<T>(path: string, schema: z.ZodType<T>, remedy: string): InputRow<T>[] {
  const lines = readJsonLines(path)
  if (lines.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return lines.map(({ line, value }) => {
    const own = jsonObject.safeParse(value)
    if (!own.success) throw badInput(`${path}:${line}: not a JSON object`, remedy)
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw badInput(`${path}:${line}: ${describeIssues(parsed.error)}`, remedy)
    return { line, own: own.data, value: parsed.data }
  })
}

/** Rewrites the engine's error about a row so that it names the input line of the row. */
export function atLine(thrown: unknown, path: string, rows: readonly { readonly line: number }[]): unknown {
  if (!(thrown instanceof LaurelError) || thrown.row === undefined || !rows[thrown.row]) return thrown
  return new LaurelError(thrown.code, `${path}:${rows[thrown.row].line}: ${thrown.message}`, thrown.remedy, { cause: thrown })
}

interface OrderedWriter {
  /** Adds the result of input row `index`, in any order. Rows are written in input order. */
  put(index: number, row: unknown): void
}

/**
 * Writes one result per input row, in input order. The file appears under its name only after `produce` completes. Memory holds only results
 * that wait for an earlier row.
 */
export async function writeInOrder(path: string, produce: (writer: OrderedWriter) => Promise<void>): Promise<void> {
  const file = jsonLinesWriter(path)
  const waiting = new Map<number, unknown>()
  let next = 0
  try {
    await produce({
      put(index, row) {
        waiting.set(index, row)
        for (; waiting.has(next); next++) {
          file.write(waiting.get(next))
          waiting.delete(next)
        }
      },
    })
    if (waiting.size > 0) throw new LaurelError('INTERNAL', `row ${next} has no result`, 'This is a bug in Laurel. Please report it.')
  } catch (error) {
    file.discard()
    throw error
  }
  file.close()
}

const ids = z.array(z.int().min(0)).min(1)

const rowShape = z.object({
  input_ids: ids.optional(),
  messages: z.array(message).min(1).optional(),
  prompt: z.string().optional(),
  text: z.string().optional(),
})

/** A row for a model to continue. If it has several keys, the most specific one counts: ids, messages, prompt, text. */
export const promptRow = rowShape.transform((row, context): PromptInput => {
  if (row.input_ids) return { inputIds: row.input_ids }
  if (row.messages) return { messages: row.messages }
  if (row.prompt !== undefined) return { prompt: row.prompt }
  if (row.text !== undefined) return { text: row.text }
  context.addIssue({ code: 'custom', message: 'no "prompt", "messages" or "input_ids"' })
  return z.NEVER
})

export const promptRowRemedy = 'Each line needs {"prompt": text}, {"messages": [{"role", "content"}, ...]} or {"input_ids": [id, ...]}.'

/** A row for a model to score. */
export const textRow = rowShape.pick({ input_ids: true, text: true }).transform((row, context): PromptInput => {
  if (row.input_ids) return { inputIds: row.input_ids }
  if (row.text !== undefined) return { text: row.text }
  context.addIssue({ code: 'custom', message: 'no "input_ids" or "text"' })
  return z.NEVER
})

export const textRowRemedy = 'Each line needs {"input_ids": [id, ...]} or {"text": text}.'
