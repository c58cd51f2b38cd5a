import { z } from 'zod'
import { message, type PromptInput } from '../shared/engine-protocol.ts'

const ids = z.array(z.int().min(0)).min(1)

const rowShape = z.object({
  input_ids: ids.optional(),
  messages: z.array(message).min(1).optional(),
  prompt: z.string().optional(),
  text: z.string().optional(),
})

/** A row for a model to continue. If it has several keys, the most specific one counts: ids, messages, prompt, text. */
export const promptRow = rowShape.transform((row, context): PromptInput => {
  if (row.input_ids) return { inputIds: row.input_ids }
  if (row.messages) return { messages: row.messages }
  if (row.prompt !== undefined) return { prompt: row.prompt }
  if (row.text !== undefined) return { text: row.text }
  context.addIssue({ code: 'custom', message: 'no "prompt", "messages" or "input_ids"' })
  return z.NEVER
})

export const promptRowRemedy = 'Each line needs {"prompt": text}, {"messages": [{"role", "content"}, ...]} or {"input_ids": [id, ...]}.'

/** A row for a model to score. */
export const textRow = rowShape.pick({ input_ids: true, text: true }).transform((row, context): PromptInput => {
  if (row.input_ids) return { inputIds: row.input_ids }
  if (row.text !== undefined) return { text: row.text }
  context.addIssue({ code: 'custom', message: 'no "input_ids" or "text"' })
  return z.NEVER
})

export const textRowRemedy = 'Each line needs {"input_ids": [id, ...]} or {"text": text}.'
