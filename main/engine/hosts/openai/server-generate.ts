import type { GenerateItem, GenerateParams, GeneratePiece } from '../../../shared/engine-protocol.ts'
import type { EngineAbilities } from '../../../shared/engine-settings.ts'
import type { GenerateOptions } from '../engine.ts'
import { pooled } from './pooled.ts'
import {
  checkAnswered,
  isToken,
  type ServerAnswer,
  type StreamedPiece,
  serverAnswer,
  textOfChoice,
  textOfPiece,
  thoughtsOfPiece,
} from './server-answer.ts'
import type { ServerClient, ServerRequest } from './server-client.ts'
import { reasonToLeaveOut } from './server-refusal.ts'
import { requestFor, samplingBody, serverSeed } from './server-request.ts'

/** A server with what it was found to have. */
export interface Server {
  readonly name: string
  readonly client: ServerClient
  readonly has: EngineAbilities | null
  readonly concurrency: number
  /** Throws if the answer is another model's than expected. */
  readonly checkModel: (answer: ServerAnswer) => void
}

/** Some responses to one row, in one request. */
interface Asked {
  readonly row: number
  readonly request: ServerRequest
  readonly samples: readonly number[]
  readonly seed: number
}

/** How often a growing response is reported, milliseconds. */
const pieceMs = 100

/** Responses of a server's model, as they come. With `onPiece`, they are streamed, and a stop cuts them off: a user is watching. */
export function generateOnServer(
  server: Server,
  { rows, sampling }: Pick<GenerateParams, 'rows' | 'sampling'>,
  { signal, onLeftOut, onPiece }: GenerateOptions = {},
): AsyncGenerator<GenerateItem> {
  const settings = samplingBody(sampling)
  const tasks = rows.flatMap(({ input, seeds }, row): Asked[] => {
    const request = requestFor(input, server.name, server.has)
    const ask = (samples: readonly number[]): Asked => ({ row, request, samples, seed: serverSeed(seeds[samples[0]]) })
    const samples = seeds.map((_, sample) => sample)
    const isOne = sampling.greedy || (server.has?.several === true && onPiece === undefined)
    return isOne ? [ask(samples)] : samples.map((sample) => ask([sample]))
  })
  const leftOut = new Set<number>()

  async function answer({ row, request, samples, seed }: Asked, cut: AbortSignal): Promise<GenerateItem[]> {
    if (leftOut.has(row)) return []
    const n = sampling.greedy ? 1 : samples.length // greedy samples are all the same, and vLLM refuses to write them
    const body = { ...request.body, ...settings, seed, ...(n > 1 && { n }) }
    const whole = { ...request, body }
    const asked =
      onPiece === undefined
        ? server.client.ask(whole, serverAnswer, cut)
        : grownAnswer(server.client.stream(whole, cut), (piece) => onPiece({ piece: true, row, sample: samples[0], ...piece }))
    let given: ServerAnswer
    try {
      given = await asked
      checkAnswered(server.name, given, sampling.maxNewTokens)
    } catch (error) {
      const reason = reasonToLeaveOut(error, sampling.maxNewTokens)
      if (reason === null || onLeftOut === undefined) throw error
      if (!leftOut.has(row)) onLeftOut({ row, leftOut: reason })
      leftOut.add(row)
      return []
    }
    server.checkModel(given)
    const items = itemsOf(given, row, samples)
    if (sampling.greedy) return samples.map((sample) => ({ ...items[0], sample }))
    for (const sample of samples.slice(items.length)) {
      // a server may ignore n
      items.push(...(await answer({ row, request, samples: [sample], seed: serverSeed(rows[row].seeds[sample]) }, cut)))
    }
    return items
  }

  return pooled(tasks, answer, { limit: server.concurrency, signal, ...(onPiece !== undefined && { grace: 0 }) })
}

/** A streamed answer as a whole. Its text is reported as it grows, a few times a second; that of one that begins again replaces what was reported. */
async function grownAnswer(
  pieces: AsyncIterable<StreamedPiece | null>,
  tell: (piece: Pick<GeneratePiece, 'at' | 'text' | 'tokens'>) => void,
): Promise<ServerAnswer> {
  let [text, told, tokens, toldAt] = ['', 0, 0, Number.NEGATIVE_INFINITY]
  let last: StreamedPiece = { choices: [] }
  const report = (): void => {
    if (told < text.length) tell({ at: told, text: text.slice(told), tokens })
    told = text.length
    toldAt = performance.now()
  }
  let end: string | null = null
  let thoughts = ''
  for await (const piece of pieces) {
    if (piece === null) {
      ;[text, told, tokens, end, thoughts] = ['', 0, 0, null, '']
      continue
    }
    last = { choices: [], model: piece.model ?? last.model, usage: piece.usage ?? last.usage }
    end = piece.choices[0]?.finish_reason ?? end
    const added = textOfPiece(piece)
    if (!isToken(piece)) continue
    thoughts += thoughtsOfPiece(piece)
    text += added
    tokens++
    if (performance.now() - toldAt >= pieceMs) report()
  }
  report()
  const usage = last.usage ?? { completion_tokens: tokens }
  return { model: last.model, choices: [{ message: { content: text, reasoning_content: thoughts }, finish_reason: end }], usage }
}

function itemsOf({ choices, usage }: ServerAnswer, row: number, samples: readonly number[]): GenerateItem[] {
  const given = choices.slice(0, samples.length)
  const newTokens = Math.round((usage?.completion_tokens ?? 0) / given.length)
  return given.map((choice, i) => ({
    ...{ row, sample: samples[i], text: textOfChoice(choice), tokenIds: [], newTokens },
    finishReason: choice.finish_reason === 'length' ? 'length' : 'stop',
    promptTokens: usage?.prompt_tokens ?? 0,
  }))
}
