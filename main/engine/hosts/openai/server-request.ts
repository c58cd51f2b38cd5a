import type { Message, PromptInput, Sampling } from '../../../shared/engine-protocol.ts'
import type { EngineAbilities } from '../../../shared/engine-settings.ts'
import { LaurelError } from '../../../shared/errors.ts'
import type { ServerRequest } from './server-client.ts'

/** What vLLM needs to continue the last message instead of starting another one; other servers ignore it. */
const continuing = { continue_final_message: true, add_generation_prompt: false }

/**
 * A model's input as a request: messages, which the server renders with its own chat template, or plain text. Throws UNSUPPORTED if the server
 * can't take it. `given`: how the response starts.
 */
export function requestFor(input: PromptInput, engine: string, has: EngineAbilities | null, given = ''): ServerRequest {
  if ('inputIds' in input) {
    throw unsupported(engine, 'token ids, whose meaning depends on the model')
  }
  if ('text' in input) return { path: '/completions', body: { prompt: input.text + given } }
  const messages: Message[] = 'prompt' in input ? [{ role: 'user', content: input.prompt }] : [...input.messages]
  const start = (input.opening ?? '') + given
  if (start === '') return { path: '/chat/completions', body: { messages } }
  if (has?.continues !== true) throw unsupported(engine, 'a response that starts with given words')
  return { path: '/chat/completions', body: { messages: [...messages, { role: 'assistant', content: start }], ...continuing } }
}

export const unsupported = (engine: string, what: string): LaurelError =>
  new LaurelError(
    'UNSUPPORTED',
    `Engine ${engine}, an OpenAI-compatible server, can't take ${what}.`,
    'Use this machine for this, or another engine.',
  )

/** Sampling settings as a server takes them. What isn't set is left out, because some servers reject what they don't know. */
export const samplingBody = (sampling: Sampling): Readonly<Record<string, unknown>> => ({
  max_tokens: sampling.maxNewTokens,
  temperature: sampling.greedy ? 0 : sampling.temperature,
  ...(!sampling.greedy && { top_p: sampling.topP }),
  ...(!sampling.greedy && sampling.topK > 0 && { top_k: sampling.topK }),
  ...(sampling.minNewTokens > 0 && { min_tokens: sampling.minNewTokens }),
  ...(sampling.stop.length > 0 && { stop: sampling.stop }),
})

/** A seed as every server takes it: a positive number of 31 bits. */
export const serverSeed = (seed: number): number => seed % 0x7fffffff
