import { z } from 'zod'
import type { Message, PromptInput, Sampling } from '../../../shared/engine-protocol.ts'
import type { EngineAbilities } from '../../../shared/engine-settings.ts'
import { LaurelError } from '../../../shared/errors.ts'
import type { ServerRequest } from './server-client.ts'

const tokenLogprob = z.object({ token: z.string(), logprob: z.number() })

/** An answer of /chat/completions or /completions, as far as it is read. */
export const serverAnswer = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        index: z.int().nullish(),
        text: z.string().nullish(),
        message: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({
            content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob).nullish() })).nullish(),
            token_logprobs: z.array(z.number().nullable()).nullish(), // of /completions
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.int().nullish(), completion_tokens: z.int().nullish() }).nullish(),
  /** vLLM's: for each token of the prompt but the first, its log-probability by its id. */
  prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()).nullish(),
})
export type ServerAnswer = z.output<typeof serverAnswer>

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
