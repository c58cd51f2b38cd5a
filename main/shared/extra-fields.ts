import { z } from 'zod'
import { isObject } from './is-object.ts'

/** The fields of a request that Laurel sets itself: from the engine's settings, the recipe, and what the work needs. */
export const ownFields = [
  ...['model', 'messages', 'prompt', 'stream', 'stream_options', 'n', 'seed', 'stop'],
  ...['max_tokens', 'max_completion_tokens', 'min_tokens', 'temperature', 'top_p', 'top_k'],
  ...['logprobs', 'top_logprobs', 'prompt_logprobs', 'echo', 'continue_final_message', 'add_generation_prompt'],
  ...['structured_outputs', 'guided_choice'],
]

/** Names of values that would be secrets in a place that is shown and exported. */
const secretName = /api_?key|secret|password|authorization|(?:access|auth|bearer)_?token/i

/** The names in a JSON value, at any depth. */
const namesIn = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap(namesIn)
    : isObject(value)
      ? Object.entries(value).flatMap(([name, of]) => [name, ...namesIn(of)])
      : []

/** Further fields of every request to a server, such as `reasoning_effort` or `chat_template_kwargs`. */
export const extraFields = z
  .custom<Readonly<Record<string, unknown>>>(isObject, 'must be a JSON object, such as {"reasoning_effort": "low"}')
  .superRefine((fields, context) => {
    const own = ownFields.filter((name) => Object.hasOwn(fields, name))
    const secret = namesIn(fields).find((name) => secretName.test(name))
    if (own.length > 0) context.addIssue(`must not set ${own.join(', ')}, which Laurel sets itself`)
    else if (secret !== undefined)
      context.addIssue(`must not contain a secret (${secret}), because it is shown and exported: set a key instead`)
  })

/** Extra fields as typed. What isn't JSON stays a text, which the schema rejects. */
export function extraFrom(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
