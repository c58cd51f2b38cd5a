import type { JsonLine } from '../../common/jsonl.ts'
import { isObject } from '../../shared/is-object.ts'
import { Fields } from './fields.ts'

/** Names of the better and the worse response in other tools' data sets. */
const sideNames: readonly (readonly [better: string, worse: string])[] = [
  ['chosen_response', 'rejected_response'], // Argilla's UltraFeedback
  ['chosen_answer', 'rejected_answer'],
  ['response_chosen', 'response_rejected'],
  ['preferred_output', 'non_preferred_output'], // OpenAI
  ['preferred_response', 'dispreferred_response'],
  ['preferred', 'dispreferred'],
  ['accepted', 'rejected'],
  ['better', 'worse'],
  ['response_w', 'response_l'],
  ['win', 'lose'],
]

/** Whether a row is a preference under other names than `chosen` and `rejected`. */
export const hasOtherNames = (row: Fields): boolean => namesOf(row) !== undefined || hasRejectedReply(row) || hasTwoOutputs(row)

const namesOf = (row: Fields) => sideNames.find((names) => names.every((name) => row.has(name)))

/** ms-swift: a conversation that ends with the chosen reply, and the rejected one. */
const hasRejectedReply = (row: Fields): boolean => Array.isArray(row.peek('messages')) && row.has('rejected_response')

/** LLaMA-Factory's earlier form: of two outputs, the first is the better one. */
export const hasTwoOutputs = (row: Fields): boolean => {
  const outputs = row.peek('output')
  return row.has('instruction') && Array.isArray(outputs) && outputs.length === 2 && outputs.every((output) => typeof output === 'string')
}

/** The row with `prompt`, `chosen`, and `rejected`. */
export function withUsualNames({ line, value }: JsonLine): JsonLine {
  if (!isObject(value)) return { line, value }
  const row = new Fields(value)
  if (row.has('chosen') && row.has('rejected')) return { line, value }
  const names = namesOf(row)
  if (names !== undefined) {
    const [better, worse] = names.map((name) => row.nameOf(name))
    const { [better]: chosen, [worse]: rejected, ...others } = value
    return { line, value: { ...withPlainInput(others), chosen, rejected } }
  }
  if (hasRejectedReply(row)) {
    const { messages, rejected_response: rejected, ...others } = value
    const turns = messages as readonly unknown[]
    return { line, value: { ...others, prompt: turns.slice(0, -1), chosen: turns.slice(-1), rejected } }
  }
  if (!hasTwoOutputs(row)) return { line, value }
  const { [row.nameOf('output')]: outputs, ...others } = value
  const [chosen, rejected] = outputs as readonly unknown[]
  return { line, value: { ...others, chosen, rejected } }
}

/** OpenAI's prompt is {input: {messages, tools}}. */
function withPlainInput(row: Record<string, unknown>): Record<string, unknown> {
  const { input, ...others } = row
  if (!isObject(input) || !Array.isArray(input.messages)) return row
  const { messages, ...more } = input
  return { ...others, prompt: messages, ...Object.fromEntries(Object.entries(more).map(([name, value]) => [`input.${name}`, value])) }
}
