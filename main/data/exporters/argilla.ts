import { createHash } from 'node:crypto'
import type { Prompt } from '../imported.ts'
import type { ExportedExample, ExportedPair } from './exported.ts'

/** The name of the question about a pair; its labels are the fields of the two responses, `tie`, and `both-bad`. */
const question = 'preference'

/**
 * A pair as an Argilla record, to be reviewed there. Which response comes first is drawn by their texts, so that reviewers can't tell the
 * judge's choice from its place. The judge's choice is a suggestion, a user's decision (one that confirms it, too) a submitted response; scores
 * and provenance are metadata.
 */
export function argillaPair(pair: ExportedPair, number: number) {
  const swapped = createHash('sha256').update(`${pair.chosen}\n${pair.rejected}`).digest()[0] % 2 === 1
  const [a, b] = swapped ? [pair.rejected, pair.chosen] : [pair.chosen, pair.rejected]
  const [scoreA, scoreB] = swapped ? [pair.scoreRejected, pair.scoreChosen] : [pair.scoreChosen, pair.scoreRejected]
  const value = swapped ? 'response_b' : 'response_a'
  const isDecided = pair.override !== null || typeof pair.provenance?.decision === 'string'
  const { reviewer } = pair.provenance ?? {}
  const response = { value, user_id: userId(typeof reviewer === 'string' ? reviewer : ''), status: 'submitted' }
  return recordOf(number, {
    fields: { prompt: pair.prompt, response_a: a, response_b: b },
    metadata: present({ score_a: scoreA, score_b: scoreB, judge: pair.judge, override: pair.override, ...pair.provenance }),
    suggestions: isDecided ? {} : { [question]: { value, score: null, agent: pair.judge } },
    responses: isDecided ? { [question]: [response] } : {},
  })
}

/** Argilla's client reads no response without a user's id, and Laurel knows reviewers by name: a UUID (version 8) that is always the name's. */
function userId(reviewer: string): string {
  const digits = createHash('sha256').update(`Laurel's reviewer ${reviewer}`).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(12, 15)}-8${digits.slice(15, 18)}-${digits.slice(18, 30)}`
}

export const argillaExample = ({ prompt, response, label, weights, task, classification }: ExportedExample, number: number) =>
  recordOf(number, { fields: { prompt, completion: response }, metadata: present({ label, weights, task, classification }) })

export const argillaPrompt = (prompt: Prompt, number: number) => recordOf(number, { fields: { prompt } })

interface RecordParts {
  readonly fields: object
  readonly metadata?: object
  readonly suggestions?: object
  readonly responses?: Readonly<Record<string, readonly object[]>>
}

const recordOf = (number: number, { fields, metadata = {}, suggestions = {}, responses = {} }: RecordParts) => ({
  ...{
    id: String(number),
    fields,
    metadata,
    suggestions,
    responses,
    vectors: {},
    status: Object.keys(responses).length > 0 ? 'completed' : 'pending',
  },
})

const present = (values: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
