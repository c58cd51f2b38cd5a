import type { GenerateItem, GenerateParams } from '../../../shared/engine-protocol.ts'
import type { EngineAbilities } from '../../../shared/engine-settings.ts'
import type { RowOptions } from '../engine.ts'
import { pooled } from './pooled.ts'
import type { ServerClient, ServerRequest } from './server-client.ts'
import { ServerRefusal } from './server-refusal.ts'
import { requestFor, type ServerAnswer, samplingBody, serverAnswer, serverSeed } from './server-request.ts'

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

/** The end of a text that a server refused to write; such a row is left out. */
const filtered = 'content_filter'

/** Responses of a server's model, as they come. */
export function generateOnServer(
  server: Server,
  { rows, sampling }: Pick<GenerateParams, 'rows' | 'sampling'>,
  { signal, onLeftOut }: RowOptions = {},
): AsyncGenerator<GenerateItem> {
  const settings = samplingBody(sampling)
  const tasks = rows.flatMap(({ input, seeds }, row): Asked[] => {
    const request = requestFor(input, server.name, server.has)
    const ask = (samples: readonly number[]): Asked => ({ row, request, samples, seed: serverSeed(seeds[samples[0]]) })
    const samples = seeds.map((_, sample) => sample)
    return server.has?.several === true ? [ask(samples)] : samples.map((sample) => ask([sample]))
  })
  const leftOut = new Set<number>()

  async function answer({ row, request, samples, seed }: Asked, cut: AbortSignal): Promise<GenerateItem[]> {
    if (leftOut.has(row)) return []
    const body = { ...request.body, ...settings, seed, ...(samples.length > 1 && { n: samples.length }) }
    const found = await server.client.ask({ ...request, body }, serverAnswer, cut).catch((error: unknown) => {
      if (!(error instanceof ServerRefusal) || !error.isTooLong() || onLeftOut === undefined) throw error
      return error.text
    })
    const reason = typeof found === 'string' ? found : found.choices.some(isFiltered) ? "the server's content filter refused it" : null
    if (reason !== null) {
      if (!leftOut.has(row)) onLeftOut?.({ row, leftOut: reason })
      leftOut.add(row)
      return []
    }
    const given = found as ServerAnswer
    server.checkModel(given)
    const items = itemsOf(given, row, samples)
    for (const sample of samples.slice(items.length)) {
      // a server may ignore n
      items.push(...(await answer({ row, request, samples: [sample], seed: serverSeed(rows[row].seeds[sample]) }, cut)))
    }
    return items
  }

  return pooled(tasks, answer, { limit: server.concurrency, signal })
}

const isFiltered = ({ finish_reason }: ServerAnswer['choices'][number]): boolean => finish_reason === filtered

function itemsOf({ choices, usage }: ServerAnswer, row: number, samples: readonly number[]): GenerateItem[] {
  const given = choices.slice(0, samples.length)
  const newTokens = Math.round((usage?.completion_tokens ?? 0) / given.length)
  return given.map(({ text, message, finish_reason }, i) => ({
    ...{ row, sample: samples[i], text: message?.content ?? text ?? '', tokenIds: [], newTokens },
    finishReason: finish_reason === 'length' ? 'length' : 'stop',
    promptTokens: usage?.prompt_tokens ?? 0,
  }))
}
