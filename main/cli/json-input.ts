import type { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { readJsonDocument } from '../common/json-document.ts'
import { badInput } from '../shared/errors.ts'

/** Reads and validates a JSON document. Errors name the file and the invalid key; `remedy` describes the expected form. */
export function readJsonInput<T>(path: string, schema: z.ZodType<T>, remedy: string): T {
  const parsed = schema.safeParse(readJsonDocument(path, remedy))
  if (!parsed.success) throw badInput(`${path}: ${describeIssues(parsed.error)}`, remedy)
  return parsed.data
}
