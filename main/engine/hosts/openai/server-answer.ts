import { z } from 'zod'
import { EmptyAnswer } from './server-refusal.ts'

export const tokenCounts = z
  .object({
    prompt_tokens: z.int().nullish(),
    completion_tokens: z.int().nullish(),
    completion_tokens_details: z.object({ reasoning_tokens: z.int().nullish() }).nullish().catch(null),
  })
  .nullish()

/** What a model thought before it answered, under the two names that servers have for it. */
const thoughts = { reasoning_content: z.string().nullish().catch(null), reasoning: z.string().nullish().catch(null) }

const tokenLogprob = z.object({ token: z.string(), logprob: z.number() })

/** An answer of /chat/completions or /completions, as far as it is read. */
export const serverAnswer = z.object({
  model: z.string().nullish(),
  choices: z
    .array(
      z.object({
        index: z.int().nullish(),
        text: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), ...thoughts }).nullish(),
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
      delta: z.object({ content: z.string().nullish(), ...thoughts }).nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: tokenCounts,
})
export type StreamedPiece = z.output<typeof streamedPiece>

/** The text that a piece adds. */
export const textOfPiece = ({ choices: [choice] }: StreamedPiece): string => choice?.text ?? choice?.delta?.content ?? ''

type Thinking = { readonly reasoning_content?: string | null; readonly reasoning?: string | null } | null | undefined
/** What a message, or a piece of one, has of thoughts that the server keeps apart. */
export const thoughtsIn = (part: Thinking): string => part?.reasoning_content || part?.reasoning || ''

/** The thoughts that a piece adds. */
export const thoughtsOfPiece = ({ choices: [choice] }: StreamedPiece): string => thoughtsIn(choice?.delta)

/** Whether a piece adds something, which servers send a token at a time. */
export const isToken = (piece: StreamedPiece): boolean => textOfPiece(piece) !== '' || thoughtsOfPiece(piece) !== ''

/** The text of a response, without thoughts that the server keeps apart. */
export const textOfChoice = ({ message, text }: ServerAnswer['choices'][number]): string => message?.content ?? text ?? ''

/** Whether a text has thoughts inside, which the server should have kept apart. */
export const isThinking = (text: string): boolean => /<\/?think>/.test(text)

/** Whether the first choice has thoughts, kept apart, hidden (only counted, or cut off before a text began), or in the text. */
export function hasThoughts({ choices: [choice], usage }: ServerAnswer): boolean {
  const text = textOfChoice(choice)
  const isHidden = (usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0 || (text === '' && choice.finish_reason === 'length')
  return thoughtsIn(choice.message) !== '' || isHidden || isThinking(text)
}

/** Whether a choice has no answer: no text, or the start of thoughts that haven't ended. */
const isUnanswered = (choice: ServerAnswer['choices'][number]): boolean =>
  /^\s*(?:<think>(?![\s\S]*<\/think>)|$)/.test(textOfChoice(choice))

/** Throws `EmptyAnswer` if a response is of thoughts alone. `limit`: the tokens that it could have. */
export function checkAnswered(engine: string, answer: ServerAnswer, limit: number): void {
  checkFilled(engine, answer)
  const empty = answer.choices.find((choice) => isUnanswered(choice) && hasThoughts({ ...answer, choices: [choice] }))
  if (empty === undefined) return
  const reason =
    empty.finish_reason === 'length'
      ? `the model's thoughts took all ${limit} tokens (max_new_tokens)`
      : 'the model wrote thoughts, but no answer'
  throw new EmptyAnswer(engine, reason, thinkLess(engine))
}

export const thinkLess = (engine: string): string =>
  `Allow longer responses, or have it think less: laurel engine edit ${engine} --extra '{"reasoning_effort":"low"}'.`

/** Throws `EmptyAnswer` if a response ended because the server refused to write it. */
export function checkFilled(engine: string, { choices }: ServerAnswer): void {
  if (choices.some(({ finish_reason }) => finish_reason === 'content_filter')) {
    throw new EmptyAnswer(engine, "the server's content filter refused it", 'Change the text.')
  }
}
