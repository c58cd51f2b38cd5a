import type { ScoreItem, ScoreParams } from '../../../shared/engine-protocol.ts'
import type { RowOptions } from '../engine.ts'
import { firstTokenChoices } from './first-token.ts'
import { pooled } from './pooled.ts'
import { checkFilled, hasThoughts, type ServerAnswer, serverAnswer } from './server-answer.ts'
import type { Server } from './server-generate.ts'
import { reasonToLeaveOut } from './server-refusal.ts'
import { requestFor, unsupported } from './server-request.ts'

type Row = ScoreParams['rows'][number]

/** How many of the likely first tokens are asked for: OpenAI's and vLLM's limit. */
const mostTokens = 20

/**
 * Log-probabilities by a server: of choices as the first token of a response, or of a given response. What belongs to the middle of a given
 * text isn't available.
 */
export function scoreOnServer(
  server: Server,
  { rows, top, choicesOnly = false }: Pick<ScoreParams, 'rows' | 'top' | 'choicesOnly'>,
  { signal, onLeftOut }: RowOptions = {},
): AsyncGenerator<ScoreItem> {
  const prefixes = new Map<string, Promise<readonly number[]>>()

  async function score(row: number, cut: AbortSignal): Promise<ScoreItem[]> {
    try {
      const wanted = rows[row]
      if (top > 0) throw unsupported(server.name, 'a request for the most likely tokens of its vocabulary')
      if (wanted.choices === undefined) return [{ row, ...(await givenText(server, wanted, prefixes, cut)) }]
      if (!choicesOnly && (wanted.continuation ?? '') !== '') {
        throw unsupported(server.name, 'a request for the probabilities of choices inside a text')
      }
      return [{ row, ...(await firstTokens(server, wanted, wanted.choices, cut)) }]
    } catch (error) {
      const reason = reasonToLeaveOut(error, 1)
      if (reason === null || onLeftOut === undefined) throw error
      onLeftOut({ row, leftOut: reason })
      return []
    }
  }

  return pooled([...rows.keys()], score, { limit: server.concurrency, signal })
}

/** The log-probability of each choice as the first token of the response, after its given start if it has one. */
async function firstTokens(
  server: Server,
  { input, continuation = '' }: Row,
  choices: readonly string[],
  signal: AbortSignal,
): Promise<Omit<ScoreItem, 'row'>> {
  const most = Math.min(mostTokens, server.has?.logprobs ?? mostTokens)
  const request = requestFor(input, server.name, server.has, continuation)
  const chat = request.path === '/chat/completions'
  if (!chat) throw unsupported(server.name, 'a request for the probabilities of choices after plain text')
  const sampling = { max_tokens: 1, temperature: 1, logprobs: true, top_logprobs: most }
  const answer = await server.client.ask({ ...request, body: { ...request.body, ...sampling } }, serverAnswer, signal)
  server.checkModel(answer)
  checkFilled(server.name, answer)
  const tokens = answer.choices[0].logprobs?.content?.[0]?.top_logprobs ?? []
  if (tokens.length === 0) throw unsupported(server.name, 'a request for log-probabilities: it answers without any')
  const { logprobs, ids } = firstTokenChoices(choices, tokens)
  if (hasThoughts(answer) && logprobs.every((logprob) => logprob === Number.NEGATIVE_INFINITY)) {
    throw unsupported(server.name, 'a request for the probabilities of a first token: its model thinks before it answers')
  }
  const promptTokens = answer.usage?.prompt_tokens ?? 0
  return {
    ...{ inputIds: [], promptTokens, tokenLogprobs: [], topIds: [], topLogprobs: [], continuationStart: 0 },
    ...{ choiceLogprobs: [logprobs], choiceIds: ids },
  }
}

/** The log-probability of each token of a given response, by vLLM's `prompt_logprobs`. */
async function givenText(
  server: Server,
  { input, continuation = '' }: Row,
  prefixes: Map<string, Promise<readonly number[]>>,
  signal: AbortSignal,
): Promise<Omit<ScoreItem, 'row'>> {
  if (server.has?.prompt_logprobs !== 'chat') throw unsupported(server.name, 'a request for the log-probabilities of a given response')
  const whole = await promptLogprobs(server, input, continuation, signal)
  const key = JSON.stringify(input)
  const prefix = prefixes.get(key) ?? promptLogprobs(server, input, '', signal).then(({ ids }) => ids)
  prefixes.set(key, prefix)
  const before = await prefix
  const apart = before.findIndex((id, i) => id !== whole.ids[i])
  // Entry i of both lists is about token i + 1 of the text: the first token has no probability.
  return {
    ...{ inputIds: [0, ...whole.ids], tokenLogprobs: [...whole.logprobs], topIds: [], topLogprobs: [] },
    ...{ promptTokens: whole.ids.length + 1, continuationStart: (apart === -1 ? before.length : apart) + 1 },
  }
}

/** The tokens of a rendered prompt, after the first one, and their log-probabilities. */
async function promptLogprobs(
  server: Server,
  input: Row['input'],
  given: string,
  signal: AbortSignal,
): Promise<{ readonly ids: readonly number[]; readonly logprobs: readonly number[] }> {
  const request = requestFor(input, server.name, server.has, given)
  const sampling = { max_tokens: 1, temperature: 1, prompt_logprobs: 0 }
  const answer: ServerAnswer = await server.client.ask({ ...request, body: { ...request.body, ...sampling } }, serverAnswer, signal)
  server.checkModel(answer)
  const entries = (answer.prompt_logprobs ?? []).flatMap((entry) => (entry === null ? [] : Object.entries(entry).slice(0, 1)))
  if (entries.length === 0)
    throw unsupported(server.name, 'a request for the log-probabilities of a given response: it answers without any')
  return { ids: entries.map(([id]) => Number(id)), logprobs: entries.map(([, { logprob }]) => logprob) }
}
