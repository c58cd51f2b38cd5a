import { asyncQueue } from '../../common/async-queue.ts'
import { generators } from '../../common/random.ts'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../shared/contract/models-contract.ts'
import type { Message, PromptInput, Sampling } from '../../shared/engine-protocol.ts'
import { toErrorValue } from '../../shared/errors.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'

const { deriveSeed } = generators.philox

/** A model and its conversation with the user. */
export interface ChatColumn {
  readonly model: LibraryModel
  readonly messages: readonly Message[]
}

/**
 * Generates each model's reply in turn; an error in one doesn't stop the others. Ends when all are done, or when the reader leaves, which
 * stops generation.
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
  for (const [index, column] of columns.entries()) {
    if (signal.aborted) return
    try {
      tell({ kind: 'loading', column: index })
      await bench.use((engine) => answer(engine, column, index, sampling, signal, tell))
    } catch (thrown) {
      if (signal.aborted) return
      tell({ kind: 'failed', column: index, error: toErrorValue(thrown) })
    }
  }
}

async function answer(
  engine: Engine,
  { model, messages }: ChatColumn,
  column: number,
  sampling: ChatSampling,
  signal: AbortSignal,
  tell: (event: ChatEvent) => void,
): Promise<void> {
  await engine.load(model.path)
  tell({ kind: 'writing', column })
  const started = performance.now()
  const rows = [{ input: inputOf(model, messages), seeds: [deriveSeed(sampling.seed, 'chat')] }]
  const items = engine.generate(
    { model: model.path, rows, sampling: engineSampling(sampling), batch: 1 },
    { signal, onPiece: ({ at, text, tokens }) => tell({ kind: 'piece', column, at, text, tokens }) },
  )
  for await (const { text, tokenIds, promptTokens, finishReason } of items) {
    const seconds = (performance.now() - started) / 1000
    tell({ kind: 'done', column, text, tokens: tokenIds.length, promptTokens, seconds, finishReason })
  }
}

/** A model without a chat template doesn't know turns: it continues the last message. */
const inputOf = ({ hasChatTemplate }: LibraryModel, messages: readonly Message[]): PromptInput =>
  hasChatTemplate ? { messages: [...messages] } : { prompt: messages.at(-1)?.content ?? '' }

const engineSampling = ({ temperature, topP, maxTokens }: ChatSampling): Sampling => ({
  ...{ greedy: temperature === 0, temperature, topP, topK: 0, maxNewTokens: maxTokens, minNewTokens: 0, stop: [] },
})
