import { z } from 'zod'
import { numberAfter, plainAnswer } from '../final-answer.ts'
import { type CheckKinds, checkKind } from './check-kind.ts'
import { matchesInTime } from './pattern-limit.ts'

const flags = z.string().regex(/^[imsu]*$/, 'may contain i, m, s, and u')

function isPattern({ pattern, flags }: { pattern: string; flags: string }): boolean {
  try {
    return new RegExp(pattern, flags) !== undefined
  } catch {
    return false
  }
}

/** What a response says. */
export const answerChecks: CheckKinds = {
  // A pattern that takes too long counts as not found.
  'laurel:matches': checkKind({
    args: z
      .strictObject({ pattern: z.string().min(1), flags: flags.default('') })
      .refine(isPattern, { path: ['pattern'], message: "isn't a regular expression" }),
    describe: ({ pattern, flags }) => `The response contains a match of the regular expression /${pattern}/${flags}.`,
    isMet: (response, { pattern, flags }) => matchesInTime(pattern, flags, response),
  }),
  // In any case, without white space, quotation marks, and a period around it.
  'laurel:exact': checkKind({
    args: z.strictObject({ answer: z.string().refine((text) => plainAnswer(text) !== '', 'is blank') }),
    describe: ({ answer }) => `The whole response is "${answer.trim()}".`,
    isMet: (response, { answer }) => plainAnswer(response) === plainAnswer(answer),
  }),
  // The last number of the response, or the first one after the last marker.
  'laurel:number': checkKind({
    args: z.strictObject({ value: z.number(), tolerance: z.number().min(0).default(0), marker: z.string().min(1).optional() }),
    describe: ({ value, tolerance, marker }) =>
      `The ${marker === undefined ? 'last number in the response' : `number after "${marker}"`} is ${value}${tolerance > 0 ? `, give or take ${tolerance}` : ''}.`,
    isMet(response, { value, tolerance, marker }) {
      const found = numberAfter(response, marker)
      return found !== null && Math.abs(found - value) <= tolerance + 1e-9 * Math.abs(value) // a decimal fraction isn't exact
    },
  }),
}
