import type { Engine } from '../../engine/hosts/engine.ts'
import type { PromptInput } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'

/** Puts a system message before an instruction. */
export type SystemForm = (system: string, instruction: string) => PromptInput

const asMessages: SystemForm = (system, instruction) => ({
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: instruction },
  ],
})

/** A system message if the model's chat template has them; otherwise the start of the user's message. */
export async function systemForm(engine: Engine, model: string, system: string): Promise<SystemForm> {
  if (engine.host !== undefined && engine.host.model !== null) return asMessages // a server rejects them if it can't
  try {
    const [first, second] = [
      { role: 'system', content: system },
      { role: 'user', content: 'Hello' },
    ] as const
    const rendered = await engine.render({ model, messages: [first, second], addGenerationPrompt: true })
    if (rendered.includes(system.trim())) return asMessages
  } catch (error) {
    if (!(error instanceof LaurelError) || error.code !== 'BAD_INPUT') throw error
  }
  return (system, instruction) => ({ prompt: `${system}\n\n${instruction}` })
}
