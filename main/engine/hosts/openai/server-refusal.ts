import type { APIError } from 'openai'
import { z } from 'zod'
import { LaurelError } from '../../../shared/errors.ts'

/** What servers call a request that is longer than the model's context. */
const tooLong =
  /context.{0,20}(?:length|window|size)|maximum.{0,40}tokens|too (?:long|large|many tokens)|exceeds?.{0,40}(?:context|tokens|limit)|must have less than \d+ tokens/i
const tooLongCodes = ['context_length_exceeded', 'string_above_max_length', 'string_too_long', 'token_limit_exceeded']

/** The model's context, where a refusal names it (the second form is TGI's). */
const contextLength = /(?:context.{0,20}(?:length|window|size)\D{0,20}|tokens` must be <= )(\d+)/i

/** The limit of a response, which is the same for all rows. */
const responseLimit = /\bmax_(?:completion_|output_|new_)?tokens\b/
const responseLimitCodes = ['max_tokens_exceeded']

/** How a response is sampled. Models that think often have one temperature. */
const samplingFields = /\b(?:temperature|top_p|top_k)\b/

/** What OpenAI calls a response whose limit its thoughts have used up. */
const spent = /output limit was reached/i

/** What servers call a text that they won't answer: codes and types of OpenAI, Azure, OpenRouter, DashScope, and Moonshot. */
const filterCodes = [
  'content_filter',
  'content_policy_violation',
  'invalid_prompt',
  'ResponsibleAIPolicyViolation',
  'data_inspection_failed',
]
const filterWords =
  /(?:input|prompt|content|request|response) (?:is|was|has been) (?:blocked|filtered|flagged)|requires moderation|content exists risk/i

/** What a refusal may say beside a code: Azure's inner one, and what OpenRouter's moderation found. */
const refusalDetails = z.object({
  innererror: z.object({ code: z.string().nullish() }).nullish().catch(null),
  metadata: z
    .object({ reasons: z.array(z.unknown()).nullish(), flagged_input: z.unknown() })
    .nullish()
    .catch(null),
})

/** Codes and types of an error. */
const codesOf = ({ code, type }: APIError): unknown[] => [code, type]

/** Whether a server refuses this text, and maybe no other. 403 may also be about the key. */
export function isFilter(error: APIError): boolean {
  const { innererror, metadata } = refusalDetails.catch({}).parse(error.error)
  if ([...codesOf(error), innererror?.code].some((code) => filterCodes.includes(String(code)))) return true
  return metadata?.reasons != null || metadata?.flagged_input !== undefined || filterWords.test(error.message)
}

/** A server that answers nothing until its key or its address is another. */
export class AccessRefusal extends LaurelError {
  constructor(message: string, remedy: string) {
    super('BAD_INPUT', message, remedy)
  }
}

/** What a refusal is about: the row's text, which a filter or its length rules out, thoughts that took its whole response, or what all rows share. */
type Subject = 'filter' | 'thoughts' | 'length' | 'limit' | 'sampling' | 'another'

/** A request that a server won't do, whenever it is asked. */
export class ServerRefusal extends LaurelError {
  /** What the server says. */
  readonly text: string
  private readonly about: Subject

  constructor(message: string, error: APIError, status: number, text: string) {
    const about = subjectOf(error, status)
    super('BAD_INPUT', message, remedies[about] ?? usualRemedy)
    this.text = text
    this.about = about
  }

  /** Whether the response would have been of thoughts alone. */
  isOfThoughts(): boolean {
    return this.about === 'thoughts'
  }

  /** Whether it is about this row's text, so that other rows may still be possible. `limit`: the tokens that its response could have. */
  isOfRow(limit: number): boolean {
    const context = this.about === 'length' ? contextLength.exec(this.text) : null
    return (
      this.about === 'filter' || this.about === 'thoughts' || (this.about === 'length' && (context === null || limit < Number(context[1])))
    )
  }
}

const usualRemedy = 'Check the recipe (max_new_tokens, say) and the engine’s settings: laurel engine test shows what the server can do.'
const remedies: Partial<Record<Subject, string>> = {
  filter: 'Change the text.',
  sampling: 'Set temperature and top_p in the recipe to what the model allows, usually 1.',
}

/** A server's codes come first, since its words may mention several things. */
function subjectOf(error: APIError, status: number): Subject {
  if (isFilter(error)) return 'filter'
  if (![400, 413, 422].includes(status)) return 'another'
  const codes = codesOf(error)
  if (spent.test(error.message)) return 'thoughts'
  if (codes.some((code) => tooLongCodes.includes(String(code)))) return 'length'
  if (codes.some((code) => responseLimitCodes.includes(String(code)))) return 'limit'
  if (contextLength.test(error.message)) return 'length'
  if (responseLimit.test(`${error.param} ${error.message}`)) return 'limit'
  if (samplingFields.test(`${error.param} ${error.message}`)) return 'sampling'
  return tooLong.test(error.message) ? 'length' : 'another'
}

/** An answer that has no text for its row. */
export class EmptyAnswer extends LaurelError {
  readonly reason: string

  constructor(engine: string, reason: string, remedy: string) {
    super('BAD_INPUT', `Engine ${engine} gives no response: ${reason}.`, remedy)
    this.reason = reason
  }
}

/** Why a row can't be answered although others may be; null: the error is about more. `limit`: the tokens that its response could have. */
export function reasonToLeaveOut(error: unknown, limit: number): string | null {
  if (error instanceof EmptyAnswer) return error.reason
  return error instanceof ServerRefusal && error.isOfRow(limit) ? error.text : null
}
