import { z } from 'zod'

/** A message as the chat template sees it: role, content, and any other field the template reads (`tool_calls`, `reasoning_content`). */
export const templateMessage = z.looseObject({ role: z.string() })
export type TemplateMessage = z.infer<typeof templateMessage>

export const renderParams = z.object({
  model: z.string(),
  messages: z.array(templateMessage).min(1),
  addGenerationPrompt: z.boolean(),
  /** Extra template variables (`tools`, `enable_thinking`). */
  variables: z.record(z.string(), z.unknown()).optional(),
})
export type RenderParams = z.infer<typeof renderParams>
