import type { z } from 'zod'

/** All issues of a document in one line that names the keys: `learning_rate: expected number, received string; seeed: unknown key`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.flatMap(describeIssue).join('; ')
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const place = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${place === '' ? key : `${place}.${key}`}: unknown key`)
  const problem = issue.message.replace(/^Invalid input: /, '').replace(/^Invalid /, 'invalid ')
  return [place === '' ? problem : `${place}: ${problem}`]
}
