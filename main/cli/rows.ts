import { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { badInput, LaurelError } from '../common/errors.ts'
import { jsonLinesWriter, readJsonLines } from '../common/jsonl.ts'

/** A row of an input file: what the command needs of it, and all that it held, to be given back with the result. */
export interface InputRow<T> {
  readonly line: number
  readonly own: Record<string, unknown>
  readonly value: T
}

const jsonObject = z.record(z.string(), z.unknown())

/**
 * Every row of a JSON Lines file, checked. `parse` reads one row; the first row that it refuses ends the command with the
 * file's name and the line, and so does a file without any: nobody means to ask for nothing. `remedy` says what rows should be like.
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

/** An error about a row that was handed to the engine, told as one about the line it came from. */
export function atLine(thrown: unknown, path: string, rows: readonly { readonly line: number }[]): unknown {
  if (!(thrown instanceof LaurelError) || thrown.row === undefined || !rows[thrown.row]) return thrown
  return new LaurelError(thrown.code, `${path}:${rows[thrown.row].line}: ${thrown.message}`, thrown.remedy, { cause: thrown })
}

export interface OrderedWriter {
  /** The result of input row `index`; rows are written in input order, whatever order they are given in. */
  put(index: number, row: unknown): void
}

/**
 * Write one result for each input row, in input order. The file appears under its name when `produce` is through, or not
 * at all. Memory holds only what waits for an earlier row.
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
    if (waiting.size > 0) throw new LaurelError('INTERNAL', `row ${next} has no result`, 'This is a defect of Laurel: please report it.')
  } catch (error) {
    file.discard()
    throw error
  }
  file.close()
}
