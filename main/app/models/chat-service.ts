import { asyncQueue } from '../../common/async-queue.ts'
import { generators } from '../../common/random.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../shared/contract/models-contract.ts'
import type { Message, PromptInput, Sampling } from '../../shared/engine-protocol.ts'
import { toErrorValue } from '../../shared/errors.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'

const { deriveSeed } = generators.philox

/** A conversation of the user with a model of the library, or with a server's own. */
export type ChatColumn = { readonly messages: readonly Message[] } & (
  | { readonly model: LibraryModel }
  | { readonly open: () => Promise<Engine> } // its server; throws if there is none, or the model is gone
)

/**
 * Generates each model's reply: those of this machine in turn, since they share an engine, and those of servers meanwhile. An error in one
 * doesn't stop the others. Ends when all are done, or when the reader leaves, which stops generation.
 */
export async function* chat(
  bench: SharedEngine,
  columns: readonly ChatColumn[],
  sampling: ChatSampling,
  signal: AbortSignal | undefined,
): AsyncGenerator<ChatEvent> {
  const left = new AbortController()
  const stop = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  const events = asyncQueue<ChatEvent>()
  const tell = (event: ChatEvent): void => events.push([event])
  void answerAll(bench, columns, sampling, stop, tell).then(events.end, events.fail)
  try {
    yield* events
  } finally {
    left.abort()
  }
}

async function answerAll(
  bench: SharedEngine,
  columns: readonly ChatColumn[],
  sampling: ChatSampling,
  signal: AbortSignal,
  tell: (event: ChatEvent) => void,
): Promise<void> {
  const attempt = async (column: number, reply: () => Promise<void>): Promise<void> => {
    try {
      if (!signal.aborted) await reply()
    } catch (thrown) {
      if (!signal.aborted) tell({ kind: 'failed', column, error: toErrorValue(thrown) })
    }
  }
  async function here(): Promise<void> {
    for (const [index, column] of columns.entries()) {
      if ('open' in column) continue
      await attempt(index, async () => {
        tell({ kind: 'loading', column: index })
        await bench.use(async (engine) => {
          await engine.load(column.model.path)
          await answer(engine, { model: column.model.path, input: inputOf(column.model, column.messages) }, index, sampling, signal, tell)
        })
      })
    }
  }
  const elsewhere = columns.map(async (column, index) => {
    if (!('open' in column)) return
    await attempt(index, async () => {
      const engine = await column.open()
      try {
        await answer(engine, { model: '', input: { messages: [...column.messages] } }, index, sampling, signal, tell)
      } finally {
        await engine.close()
      }
    })
  })
  await Promise.all([here(), ...elsewhere])
}

async function answer(
  engine: Engine,
  { model, input }: { readonly model: string; readonly input: PromptInput },
  column: number,
  sampling: ChatSampling,
  signal: AbortSignal,
  tell: (event: ChatEvent) => void,
): Promise<void> {
  tell({ kind: 'writing', column })
  const started = performance.now()
  const rows = [{ input, seeds: [deriveSeed(sampling.seed, 'chat')] }]
  const items = engine.generate(
    { model, rows, sampling: engineSampling(sampling), batch: 1 },
    { signal, onPiece: ({ at, text, tokens }) => tell({ kind: 'piece', column, at, text, tokens }) },
  )
  for await (const { text, tokenIds, newTokens, promptTokens, finishReason } of items) {
    const seconds = (performance.now() - started) / 1000
    tell({ kind: 'done', column, text, tokens: newTokens ?? tokenIds.length, promptTokens, seconds, finishReason })
  }
}

/** A model without a chat template doesn't know turns: it continues the last message. */
const inputOf = ({ hasChatTemplate }: LibraryModel, messages: readonly Message[]): PromptInput =>
  hasChatTemplate ? { messages: [...messages] } : { prompt: messages.at(-1)?.content ?? '' }

const engineSampling = ({ temperature, topP, maxTokens }: ChatSampling): Sampling => ({
  ...{ greedy: temperature === 0, temperature, topP, topK: 0, maxNewTokens: maxTokens, minNewTokens: 0, stop: [] },
})
