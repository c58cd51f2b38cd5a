import { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { jsonLinesWriter, readJsonLines } from '../common/jsonl.ts'
import { badInput, LaurelError } from '../shared/errors.ts'

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

export interface OrderedWriter {
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
