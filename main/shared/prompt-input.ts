import { z } from 'zod'

export const message = z.object({ role: z.string(), content: z.string() })
export type Message = z.infer<typeof message>

/** Start of the assistant's turn. The response continues it and doesn't include it. */
const opening = z.string().optional()

/**
 * Input of a model: messages (rendered by the chat template), a single user message (`prompt`), raw text (`text`: special tokens parsed,
 * nothing added), or token ids.
 */
export const promptInput = z.union([
  z.object({ messages: z.array(message).min(1), opening }),
  z.object({ prompt: z.string(), opening }),
  z.object({ text: z.string() }),
  z.object({ inputIds: z.array(z.int().min(0)).min(1) }),
])
export type PromptInput = z.infer<typeof promptInput>

/**
 * Whether impossible rows (longer than the context, rejected by the chat template) are reported as `leftOutRow` instead of failing the
 * request.
 */
export const leaveOut = z.boolean().optional()
