import { z } from 'zod'

/** A message as a chat template sees it: beside role and content whatever else the template reads (`tool_calls`, `reasoning_content`). */
export const templateMessage = z.looseObject({ role: z.string() })
export type TemplateMessage = z.infer<typeof templateMessage>

export const renderParams = z.object({
  model: z.string(),
  messages: z.array(templateMessage).min(1),
  addGenerationPrompt: z.boolean(),
  /** What else the template is to know by name (`tools`, `enable_thinking`). */
  variables: z.record(z.string(), z.unknown()).optional(),
})
export type RenderParams = z.infer<typeof renderParams>
