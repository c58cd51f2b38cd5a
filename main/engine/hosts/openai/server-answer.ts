import { z } from 'zod'
import { EmptyAnswer } from './server-refusal.ts'

export const tokenCounts = z.object({ prompt_tokens: z.int().nullish(), completion_tokens: z.int().nullish() }).nullish()

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
  usage: tokenCounts,
  /** vLLM's: for each token of the prompt but the first, its log-probability by its id. */
  prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()).nullish(),
})
export type ServerAnswer = z.output<typeof serverAnswer>

/** A piece of a streamed answer; the last one may have the numbers of tokens, and no choice. */
export const streamedPiece = z.object({
  model: z.string().nullish(),
  choices: z.array(
    z.object({
      text: z.string().nullish(),
      delta: z.object({ content: z.string().nullish() }).nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: tokenCounts,
})
export type StreamedPiece = z.output<typeof streamedPiece>

/** The text that a piece adds. */
export const textOfPiece = ({ choices: [choice] }: StreamedPiece): string => choice?.text ?? choice?.delta?.content ?? ''

/** Throws `EmptyAnswer` if a response ended because the server refused to write it. */
export function checkFilled(engine: string, { choices }: ServerAnswer): void {
  if (choices.some(({ finish_reason }) => finish_reason === 'content_filter')) {
    throw new EmptyAnswer(engine, "the server's content filter refused it", 'Change the text.')
  }
}
