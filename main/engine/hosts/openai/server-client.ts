import OpenAI, { APIError } from 'openai'
import { z } from 'zod'
import { describeIssues } from '../../../common/describe-issues.ts'
import { causeOf, certificateRemedy } from '../../../common/fetch-failures.ts'
import { prepareNetwork } from '../../../common/network.ts'
import type { Secret } from '../../../common/secret.ts'
import { Silence, type StartTimer, timeLimit } from '../../../common/time-limit.ts'
import { longestTimeout, type OpenaiSettings } from '../../../shared/engine-settings.ts'
import { fromErrorValue, LaurelError, stopped, toErrorValue } from '../../../shared/errors.ts'
import { oneLine } from '../../../shared/one-line.ts'
import type { RequestUsage } from '../reporting-engine.ts'
import { countingFetch } from './counting-fetch.ts'
import { isToken, type StreamedPiece, streamedPiece, tokenCounts } from './server-answer.ts'
import { AccessRefusal, isFilter, ServerRefusal } from './server-refusal.ts'
import { backoff, Garbled, passingPause, statusOf, wait } from './server-retries.ts'

/** How a server is reached. Tests replace `pause`, `startTimer`, and `random`. */
export interface ServerAccess {
  readonly name: string
  readonly settings: OpenaiSettings
  readonly key: Secret | null
  readonly onUsage?: (usage: RequestUsage) => void
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly startTimer?: StartTimer
  readonly random?: () => number
}

/** A request: its path below the address, and its JSON. */
export interface ServerRequest {
  readonly path: '/chat/completions' | '/completions'
  readonly body: Body
}
type Body = Readonly<Record<string, unknown>>

/** Of OpenAI's client, which has a limit of its own that doesn't cover all of a request. */
const endlessMs = 2 ** 31 - 1

const usageOf = z.object({ usage: tokenCounts })

/**
 * Requests to one server, by OpenAI's client. A request that fails for a passing reason (429, 5xx, a time-out, a closed connection, an answer
 * that was cut off) is sent again, each time after a longer pause of random length; a server that names a pause gets it, from all requests.
 */
export function serverClient(access: ServerAccess) {
  const { name, settings, key, onUsage = () => {}, pause = wait, startTimer, random = Math.random } = access
  prepareNetwork()
  const traffic = { sentBytes: 0, receivedBytes: 0 }
  const client = new OpenAI({
    baseURL: settings.address,
    apiKey: key?.reveal() ?? 'none',
    ...{ adminAPIKey: null, organization: null, project: null, webhookSecret: null }, // those in the environment are for OpenAI
    maxRetries: 0,
    timeout: endlessMs,
    logLevel: 'off',
    fetch: countingFetch(traffic, key === null),
  })
  const hidden = (text: string): string => {
    const line = oneLine(key?.hideIn(text) ?? text)
    return line.length > 300 ? `${line.slice(0, 299)}…` : line
  }
  const place = `${name} (${settings.address})`
  let notBefore = 0
  let isRenamed = false
  const refused = new Set<string>()

  const adapted = (body: Body): Body => {
    const known = Object.fromEntries(Object.entries(body).filter(([field, value]) => !(refused.has(field) && isDispensable(field, value))))
    return { ...settings.extra, ...(isRenamed ? renamed(known) : known), model: settings.model }
  }

  /** Sends a request, and again without what the server refuses by name: others in flight may have been sent before it said so. */
  async function post({ path, body }: ServerRequest, signal: AbortSignal): Promise<unknown> {
    for (;;) {
      const sent = adapted(body)
      try {
        return await client.post(path, { body: sent, signal, stream: body.stream === true })
      } catch (error) {
        if ('max_tokens' in sent && wantsAnotherName(error)) isRenamed = true
        else {
          const field = Object.keys(sent).find((name) => isDispensable(name, sent[name]) && refuses(error, name))
          if (field === undefined) throw error
          refused.add(field)
        }
      }
    }
  }

  /** Waits as long as the server has asked all requests to. */
  async function turn(signal: AbortSignal): Promise<void> {
    const early = notBefore - Date.now()
    if (early > 0) await pause(early * (1 + random() / 4), signal)
    if (signal.aborted) throw stopped()
  }

  /** Work within the time that a request may take. Throws `Silence` after it. */
  async function inTime<Value>(work: (signal: AbortSignal) => Promise<Value>, stop: AbortSignal): Promise<Value> {
    const limit = timeLimit(settings.timeout, stop, startTimer)
    try {
      return await work(limit.signal)
    } catch (error) {
      throw limit.reasonOf(error)
    } finally {
      limit.pause()
    }
  }

  /** The pieces of a streamed answer. Throws `Silence` if it takes too long until it begins, or from one piece to the next. */
  async function* pieces(request: ServerRequest, stop: AbortSignal): AsyncGenerator<unknown> {
    const limit = timeLimit(settings.timeout, stop, startTimer)
    try {
      for await (const piece of (await post(request, limit.signal)) as AsyncIterable<unknown>) {
        limit.pause()
        yield piece
        limit.restart()
      }
      if (limit.signal.aborted) throw limit.reasonOf(stopped()) // the client ends an aborted stream without an error
    } catch (error) {
      throw limit.reasonOf(error)
    } finally {
      limit.pause()
    }
  }

  function answered(retries: number, usage: z.output<typeof tokenCounts>): void {
    onUsage({ requests: 1, retries, promptTokens: usage?.prompt_tokens ?? 0, newTokens: usage?.completion_tokens ?? 0, ...traffic })
    Object.assign(traffic, { sentBytes: 0, receivedBytes: 0 })
  }

  /** Waits before another attempt. Throws STOPPED, or what is wrong in words for the user if there is none. */
  async function beforeNext(error: unknown, retries: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw stopped()
    const asked = passingPause(error)
    if (asked === undefined) throw translated(error)
    if (retries >= settings.retries) throw unreachable(error, retries + 1)
    if (asked !== null) notBefore = Math.max(notBefore, Date.now() + asked)
    await pause(asked ?? backoff(retries, random), signal)
  }

  /** Asks until there is an answer of this form, as often as the settings allow. */
  async function ask<Schema extends z.ZodType>(request: ServerRequest, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>> {
    for (let retries = 0; ; retries++) {
      try {
        await turn(signal)
        const answer = await inTime((within) => post(request, within), signal)
        answered(retries, usageOf.catch({ usage: null }).parse(answer).usage)
        return understood(answer, schema)
      } catch (error) {
        await beforeNext(error, retries, signal)
      }
    }
  }

  /** The same as a stream. null: it begins again, and what came before is void. */
  async function* stream({ path, body }: ServerRequest, signal: AbortSignal): AsyncGenerator<StreamedPiece | null> {
    const request = { path, body: { ...body, stream: true, stream_options: { include_usage: true } } }
    let usage: StreamedPiece['usage']
    let tokens = 0 // of servers that don't count: a piece each
    let isBegun = false
    let retries = 0
    try {
      for (; ; retries++) {
        try {
          await turn(signal)
          let isWhole = false
          for await (const piece of pieces(request, signal)) {
            isBegun = true
            const { data } = streamedPiece.safeParse(piece)
            if (data === undefined) continue
            usage = data.usage ?? usage
            if (isToken(data)) tokens++
            isWhole ||= data.choices.some(({ finish_reason }) => finish_reason != null)
            yield data
          }
          if (isWhole) return
          throw new Garbled('the answer was cut off') // llama-cpp-python interrupts one for another, and proxies close connections
        } catch (error) {
          await beforeNext(error, retries, signal)
          yield null
        }
      }
    } finally {
      if (isBegun) answered(retries, usage ?? { completion_tokens: tokens })
    }
  }

  /** Throws `Garbled` if the answer isn't what was asked for. */
  function understood<Schema extends z.ZodType>(answer: unknown, schema: Schema): z.output<Schema> {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    throw new Garbled(describeIssues(parsed.error))
  }

  function unreachable(error: unknown, attempts: number): LaurelError {
    const times = attempts === 1 ? '' : ` after ${attempts} attempts`
    const time = settings.timeout < longestTimeout ? `give it more time (laurel engine edit ${name} --timeout ${longestTimeout}), ` : ''
    const slow =
      error instanceof Silence ? ` If it is only slow, ${time}send it fewer requests at a time, or ask for shorter responses.` : ''
    return new LaurelError(
      'NETWORK',
      `Couldn't get an answer from engine ${place}${times}: ${hidden(causeOf(error))}`,
      `Check the server, then resume: what it has answered is stored.${slow} To see what it can do: laurel engine test ${name}.`,
    )
  }

  /** Headers that can't be sent are quoted by `fetch`. */
  function withoutKey(error: unknown): unknown {
    if (key === null || error instanceof LaurelError) return error
    const { message, ...value } = toErrorValue(error)
    return fromErrorValue({ ...value, message: key.hideIn(message) })
  }

  function translated(error: unknown): unknown {
    const remedy = certificateRemedy(error)
    if (remedy !== null)
      return new LaurelError('NETWORK', `Couldn't trust the certificate of engine ${place}: ${hidden(causeOf(error))}`, remedy)
    if (!(error instanceof APIError)) return withoutKey(error)
    const text = hidden(error.message)
    const status = statusOf(error)
    if (status >= 300 && status < 400) {
      const message = `Engine ${place} redirects to ${hidden(targetOf(error, settings.address))}, which gets neither texts nor a key.`
      return new AccessRefusal(message, `If you trust that address, set it: laurel engine edit ${name} --address URL, or System > Engines.`)
    }
    if (status === 401 || (status === 403 && !isFilter(error))) {
      const message = `Engine ${place} rejected ${key === null ? 'a request without a key' : 'the key'}: ${text}`
      return new AccessRefusal(message, `Set its API key: laurel engine key ${name}, or System > Engines.`)
    }
    if (status === 404) {
      const remedy = `Check the address and the model: laurel engine test ${name} lists those that the server has.`
      return new LaurelError('NOT_FOUND', `Engine ${place} has no model ${settings.model}, or there is no such address: ${text}`, remedy)
    }
    if (status === 429) {
      return new LaurelError('NETWORK', `Engine ${place} has no quota left: ${text}`, 'Check the account, then resume: nothing is lost.')
    }
    return new ServerRefusal(`Engine ${place} rejected the request: ${text}`, error, status, text)
  }

  return {
    ask,
    /** The models that the server lists; null: it answers, but not with a list. */
    async models(signal: AbortSignal): Promise<string[] | null> {
      try {
        const answer: unknown = await inTime((within) => client.get('/models', { signal: within }), signal)
        return understood(answer, z.object({ data: z.array(z.object({ id: z.string() })) })).data.map(({ id }) => id)
      } catch (error) {
        if (signal.aborted) throw stopped()
        const reason = translated(error)
        if (reason instanceof AccessRefusal) throw reason
        if (error instanceof Garbled || (error instanceof APIError && error.status !== undefined)) return null
        throw passingPause(error) === undefined ? reason : unreachable(error, 1)
      }
    },
    stream,
    /** A server's text, as it may be shown. */
    hidden,
  }
}
export type ServerClient = ReturnType<typeof serverClient>

/** What a server doesn't know, it names: most with 400, Mistral's with 422. */
const refuses = (error: unknown, name: string): boolean =>
  error instanceof APIError && [400, 422].includes(statusOf(error)) && `${error.param} ${error.message}`.includes(name)

/** What a server that refuses it can do without: how a stream is counted, and a cut of the distribution that cuts nothing off. */
const isDispensable = (field: string, value: unknown): boolean => field === 'stream_options' || (field === 'top_p' && value === 1)

/** vLLM names both when the limit is too large. */
const wantsAnotherName = (error: unknown): boolean => refuses(error, 'max_completion_tokens') && !String(error).includes('too large')

/** Where a server redirects to, without parameters, which may be secret. */
function targetOf({ headers }: APIError, address: string): string {
  const location = headers?.get('location')
  const target = location == null ? null : URL.parse(location, address)
  return target === null ? 'another address' : target.origin + target.pathname
}

/** OpenAI's newer models call the limit of a response `max_completion_tokens`, and reject the name that all other servers know. */
const renamed = ({ max_tokens, ...body }: Body): Body => ({ ...body, max_completion_tokens: max_tokens })
