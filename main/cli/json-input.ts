import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { badInput, LaurelError } from '../common/errors.ts'

/** A whole JSON document, checked. Errors name the file and the place within it; `remedy` says what it should be like. */
export function readJsonInput<T>(path: string, schema: z.ZodType<T>, remedy: string): T {
  const parsed = schema.safeParse(parse(path, readJsonText(path), remedy))
  if (!parsed.success) throw badInput(`${path}: ${describeIssues(parsed.error)}`, remedy)
  return parsed.data
}

/** The text of a file, without a byte-order mark. Throws NOT_FOUND, or BAD_INPUT where it can't be read. */
export function readJsonText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.', { cause: error })
    throw badInput(`${path}: cannot be read (${code})`, 'Check that it is a file and that you may read it.')
  }
}

function parse(path: string, text: string, remedy: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${path}: not JSON (${(error as Error).message.replaceAll('\n', ' ')})`, remedy)
  }
}
