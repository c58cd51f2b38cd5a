import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generators } from '../../main/common/random.ts'

/** A request as the stand-in got it. */
export interface SeenRequest {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: IncomingMessage['headers']
  /** The text of its messages, or its prompt. */
  readonly text: string
}

/** What the stand-in does instead of answering. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly error?: unknown }
  | 'close' // the socket, before an answer
  | 'cut' // the answer, in the middle
  | 'html'
  | 'not-json'
  | 'wrong-form'
  | 'silence'
  | 'interrupt' // a streamed answer, which ends as if it were whole
  | 'error' // in the middle of a streamed answer, as vLLM reports one
  | 'stall' // after the headers
  | 'stall-midway' // after half of the answer, or of a streamed one's pieces

export interface StandInServerOptions {
  /** The fault of the nth request (from 0), if it has one. */
  readonly fault?: (n: number, request: SeenRequest) => Fault | undefined
  /** The text of a response. */
  readonly reply?: (request: SeenRequest, sample: number) => string
  readonly model?: string | (() => string)
  /** Answers with one response whatever n is. */
  readonly ignoresN?: boolean
  readonly hasLogprobs?: boolean
  readonly hasPromptLogprobs?: boolean
  readonly continues?: boolean
  readonly key?: string
  /** Its answer to a request for its models if that isn't a list, or how it keeps silent. */
  readonly listing?: Fault & ({ readonly status: number } | 'silence' | 'stall')
  /** How a response ends. */
  readonly finishReason?: (request: SeenRequest) => string
  /** The longest request, in words, which are its tokens. */
  readonly contextLength?: number
  /** Doesn't count tokens in streamed answers. */
  readonly isUncounted?: boolean
  /** Parameters that it refuses. */
  readonly refuses?: readonly string[]
  /** The tokens that are likely to come first in a response. */
  readonly firstTokens?: readonly string[]
  /** How long its model thinks before it answers, in tokens, and where the thoughts are. A request with `reasoning_effort: "none"` has none. */
  readonly thinks?: { readonly tokens: number; readonly place: 'reasoning_content' | 'reasoning' | 'hidden' | 'text' }
  /** Called when the reader of a streamed answer leaves; the answer never ends by itself. */
  readonly onGone?: () => void
  /** Called when it has sent all that it ever sends to a request: nothing, the headers, or half of the answer. */
  readonly onStall?: () => void
  /** Called while a request is being answered. */
  readonly whileAnswering?: (request: SeenRequest) => Promise<unknown> | undefined
}

const { uniform } = generators.murmur
const wordsOf = (text: string): string[] => text.match(/\S+/g) ?? []
const hash = (text: string): number => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)!) >>> 0, 7)

/**
 * A server with OpenAI's API and without a model. Words are its tokens. What it answers is a function of the request's text, the seed, and the
 * sample.
 */
export async function standInServer(options: StandInServerOptions = {}) {
  const seen: SeenRequest[] = []
  let count = 0
  const server = createServer((message, response) => {
    void readBody(message).then(async (body) => {
      const request: SeenRequest = { path: message.url ?? '', body, headers: message.headers, text: textOf(body) }
      if (request.path === '/v1/models') return listModels(response, request, options)
      seen.push(request)
      const fault = options.fault?.(count++, request)
      await options.whileAnswering?.(request)
      if (fault !== undefined) return misbehave(response, fault, request, options)
      answer(response, request, options)
    })
  })
  Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }) // on a busy machine it would close connections in use
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/v1`,
    seen,
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
export type StandInServer = Awaited<ReturnType<typeof standInServer>>

const modelOf = ({ model = 'big-model' }: StandInServerOptions): string => (typeof model === 'string' ? model : model())

async function readBody(message: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of message) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

interface SentMessage {
  readonly role: string
  readonly content: string
}

function textOf({ messages, prompt }: SeenRequest['body']): string {
  if (Array.isArray(messages)) return (messages as SentMessage[]).map(({ content }) => content).join('\n')
  return typeof prompt === 'string' ? prompt : ''
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function listModels(response: ServerResponse, request: SeenRequest, { listing, ...options }: StandInServerOptions): void {
  if (listing === undefined) send(response, 200, { data: [{ id: modelOf(options) }] })
  else misbehave(response, listing, request, options)
}

function misbehave(response: ServerResponse, fault: Fault, request: SeenRequest, options: StandInServerOptions): void {
  if (typeof fault === 'object') send(response, fault.status, { error: fault.error ?? { message: 'injected' } }, fault.headers)
  else if (fault === 'close') response.destroy()
  else if (fault === 'wrong-form') send(response, 200, { choices: [] })
  else if (fault === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>A proxy that wants you to sign in</html>')
  else if (fault === 'silence' || fault === 'stall' || fault === 'stall-midway') stall(response, fault, request, options)
  else if (fault === 'interrupt')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${wordEvent('one', options)}data: [DONE]\n\n`)
  else if (fault === 'error') {
    const error = eventOf({ error: { message: 'injected', type: 'InternalServerError', code: 500 } }, options)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${wordEvent('one', options)}${error}data: [DONE]\n\n`)
  } else damage(response, fault, request, options)
}

type Stall = 'silence' | 'stall' | 'stall-midway'

/** Sends a part of an answer at most, and keeps the connection. */
function stall(response: ServerResponse, fault: Stall, request: SeenRequest, options: StandInServerOptions): void {
  if (fault !== 'silence') {
    const isStreamed = request.body.stream === true
    response.writeHead(200, { 'content-type': isStreamed ? 'text/event-stream' : 'application/json' }).flushHeaders()
    if (fault === 'stall-midway') {
      const whole = JSON.stringify(completionOf(request, options))
      const words = streamedWords.slice(0, 2).map((word) => wordEvent(word, options))
      response.write(isStreamed ? words.join('') : whole.slice(0, whole.length / 2))
    }
  }
  setImmediate(() => options.onStall?.())
}

function damage(response: ServerResponse, fault: 'cut' | 'not-json', request: SeenRequest, options: StandInServerOptions): void {
  const whole = JSON.stringify(completionOf(request, options))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(whole.length) })
  if (fault === 'not-json') {
    response.end(`${whole.slice(0, -9)}#########`)
    return
  }
  response.write(whole.slice(0, whole.length / 2))
  setImmediate(() => response.destroy())
}

function answer(response: ServerResponse, request: SeenRequest, options: StandInServerOptions): void {
  const { key, contextLength = Number.POSITIVE_INFINITY } = options
  if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
    send(response, 401, { error: { message: `Incorrect API key provided: ${request.headers.authorization ?? 'none'}` } })
    return
  }
  const size = wordsOf(request.text).length
  if (size > contextLength) {
    const message = `This model's maximum context length is ${contextLength} tokens. However, you requested ${size} tokens.`
    send(response, 400, { error: { message, code: 'context_length_exceeded' } })
    return
  }
  const unknown = options.refuses?.find((name) => name in request.body)
  if (unknown !== undefined) send(response, 400, { error: { message: `Unrecognized request argument supplied: ${unknown}` } })
  else if (request.body.temperature === 0 && Number(request.body.n ?? 1) > 1) {
    send(response, 400, { error: { message: 'n must be 1 when using greedy sampling' } }) // as vLLM does
  } else if (request.body.stream === true) stream(response, request, options)
  else send(response, 200, completionOf(request, options))
}

/** What its model writes: a text, and thoughts before it, which take all there is if the limit is lower. */
function writtenTo(request: SeenRequest, text: string, { thinks, ...options }: StandInServerOptions) {
  const { body } = request
  if (thinks === undefined || body.reasoning_effort === 'none')
    return { part: { content: text }, end: endOf(request, options), thoughts: 0 }
  const limit = Number(body.max_tokens ?? body.max_completion_tokens)
  const isCut = limit <= thinks.tokens
  const count = Math.min(limit, thinks.tokens)
  const thoughts = 'hmm '.repeat(count)
  const content = isCut ? '' : text
  const inText = `<think>${thoughts}${isCut ? '' : `</think>${text}`}`
  const part =
    thinks.place === 'hidden' ? { content } : thinks.place === 'text' ? { content: inText } : { content, [thinks.place]: thoughts }
  return { part, end: isCut ? 'length' : endOf(request, options), thoughts: count }
}

const streamedWords = wordsOf('one two three four five')
const eventOf = (piece: object, options: StandInServerOptions): string =>
  `data: ${JSON.stringify({ model: modelOf(options), ...piece })}\n\n`
const wordEvent = (word: string, options: StandInServerOptions): string =>
  eventOf({ choices: [{ index: 0, delta: { content: `${word} ` } }] }, options)

const endOf = (request: SeenRequest, { finishReason }: StandInServerOptions): string => finishReason?.(request) ?? 'stop'

function stream(response: ServerResponse, request: SeenRequest, { onGone, ...options }: StandInServerOptions): void {
  const { body, text } = request
  const write = (piece: object): void => void response.write(eventOf(piece, options))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const { part, end } = writtenTo(request, '', options)
  const { content: _, ...thoughts } = part
  if (options.thinks !== undefined) write({ choices: [{ index: 0, delta: thoughts }] })
  if (end !== 'length') for (const word of streamedWords) response.write(wordEvent(word, options))
  if (onGone !== undefined) {
    response.once('close', onGone)
    return
  }
  write({ choices: [{ index: 0, delta: {}, finish_reason: end }] })
  const usage = { prompt_tokens: wordsOf(text).length + 3, completion_tokens: streamedWords.length }
  if (body.stream_options !== undefined && !options.isUncounted) write({ choices: [], usage })
  response.end('data: [DONE]\n\n')
}

/** The scores, answers, and verdicts that judges ask for come first, each with a probability that depends on the text. */
const likely: readonly string[] = ['Yes', 'No', 'A', 'B', '0', '1', '2', '3', '4', '5', ' the', 'I']

function likelyTokens({ text, body }: SeenRequest, tokens = likely): { token: string; logprob: number }[] {
  const most = Number(body.top_logprobs ?? 0)
  const logprob = (place: number): number => Math.log(uniform(hash(text), place) + 1e-6)
  return tokens.slice(0, most).map((token, place) => ({ token, logprob: logprob(place) }))
}

function completionOf(request: SeenRequest, options: StandInServerOptions): unknown {
  const { body, text, path } = request
  const { ignoresN = false, hasLogprobs = true, hasPromptLogprobs = false, continues = true } = options
  const n = ignoresN ? 1 : Number(body.n ?? 1)
  const isContinuing = body.continue_final_message === true
  const size = wordsOf(text).length + 3 + (isContinuing && !continues ? 5 : 0)
  const choices = Array.from({ length: n }, (_, index) => {
    const { part, end, thoughts } = writtenTo(request, options.reply?.(request, index) ?? replyTo(request, index), options)
    const logprobs =
      body.logprobs === true && hasLogprobs
        ? {
            content: [
              { token: 'x', logprob: -1, top_logprobs: likelyTokens(request, thoughts > 0 ? ['<think>', 'Okay'] : options.firstTokens) },
            ],
          }
        : null
    return path === '/v1/completions'
      ? { index, text: part.content, finish_reason: end }
      : { index, message: { role: 'assistant', ...part }, finish_reason: end, logprobs }
  })
  const words = ['<s>', ...wordsOf(text), '<assistant>']
  return {
    model: modelOf(options),
    choices,
    usage: { prompt_tokens: size, completion_tokens: 4 * n },
    ...(body.prompt_logprobs !== undefined &&
      hasPromptLogprobs && {
        prompt_logprobs: givenWords(body, words).map((word, i) =>
          i === 0
            ? null
            : { [String(hash(word))]: { logprob: -((hash(`${text.slice(0, 8)}${word}`) % 100) / 50), rank: 1, decoded_token: word } },
        ),
      }),
  }
}

/** The rendered prompt's words: the assistant's turn opens before a given response. */
function givenWords({ messages }: SeenRequest['body'], words: string[]): string[] {
  if (!Array.isArray(messages)) return words
  const sent = messages as SentMessage[]
  const last = sent.at(-1)
  const before = last?.role === 'assistant' ? sent.slice(0, -1) : sent
  const opened = ['<s>', ...wordsOf(before.map(({ content }) => content).join('\n')), '<assistant>']
  return last?.role === 'assistant' ? [...opened, ...wordsOf(last.content)] : opened
}

function replyTo({ text, body }: SeenRequest, sample: number): string {
  const luck = hash(`${text} ${String(body.seed)} ${sample}`)
  if (text.includes('additive 5-point')) return `Because it is so.\nScore: ${Math.floor(uniform(luck, 1) * 6)}`
  if (text.includes('[[A]]')) return `Because. [[${'ABC'[Math.floor(uniform(luck, 2) * 3)]}]]`
  if (text.includes('Write a checklist')) return '- The response is short.\n- The response is kind.'
  if (text.startsWith('Come up with')) return ` Write about the number ${luck} in ${Math.floor(uniform(luck, 3) * 90)} words.`
  return `Words ${luck}.`
}
