import { freemem } from 'node:os'
import { buildId } from '../../common/resources.ts'
import {
  type EngineInfo,
  type EngineUsage,
  type GenerateItem,
  type GenerateParams,
  type GeneratePiece,
  type LeftOutRow,
  type ModelInfo,
  modelShape,
  type Request,
  type ScoreItem,
  type ScoreParams,
  type TrainItem,
  type TrainParams,
} from '../../shared/engine-protocol.ts'
import { assertNever, LaurelError, stopped } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import type { Generated } from '../inference/generate.ts'
import { incrementalDetokenizer, responseText, stopCheck } from '../inference/incremental-detokenizer.ts'
import { checkLength, choiceId, prepareRows, promptIds, renderMessages, tokenizerOf } from '../inference/prompt-ids.ts'
import type { Scored, ScoreRow } from '../inference/score.ts'
import { writeModel } from '../model/formats/write-model.ts'
import { mapWithinTime } from '../model/time-limit.ts'
import { namedTokens } from '../model/tokenizer/tokenizer-config.ts'
import { rowLengths, rowTokens } from '../training/encoded-rows.ts'
import type { Interruptions } from '../training/train.ts'
import { trainingLog } from '../training/training-log.ts'
import { modelCache } from './model-cache.ts'
import type { Numerics, ServedModel } from './numerics.ts'

/** A request that goes through the queue. */
export type QueuedRequest = Exclude<Request, { method: 'cancel' | 'conclude' | 'usage' | 'shutdown' }>

/** Yields a request's items and returns its result. */
export type Answer = AsyncGenerator<unknown, unknown, void>

/** Share of free memory that served models may keep while another model is trained. */
const shareBesideTraining = 0.25

/**
 * Handlers of all requests, on top of the numerics. `start` starts the backend; it is called by the first request that computes, so that
 * tokenizing never waits for it.
 */
export function requestHandlers<Model extends ServedModel>(numerics: Numerics<Model>, start: () => Promise<EngineInfo>) {
  const counts = { loadSeconds: 0, promptTokens: 0, newTokens: 0 }

  let started: Promise<EngineInfo> | undefined
  let hasBackend = false
  const ready = (): Promise<EngineInfo> => {
    started ??= start().then((info) => {
      hasBackend = true
      return info
    })
    return started
  }

  const precision = async (): Promise<Precision> => (await ready()).precision
  const shelf = modelCache(numerics, precision, (seconds) => {
    counts.loadSeconds += seconds
  })

  async function* answer(request: QueuedRequest, interruptions: Interruptions): Answer {
    const { signal } = interruptions
    switch (request.method) {
      case 'info':
        return await ready()
      case 'measure':
        await ready()
        return await numerics.measure()
      case 'load':
        return await load(request.params.model)
      case 'unload':
        return shelf.drop(request.params.model)
      case 'describe':
        return modelShape.parse((await shelf.files(request.params.model)).config)
      case 'lengths':
        return rowLengths(await shelf.files(request.params.model), request.params)
      case 'rowTokens':
        return rowTokens(await shelf.files(request.params.model), request.params)
      case 'tokenize': {
        const { model, texts, special } = request.params
        const tokenizer = tokenizerOf(await shelf.files(model))
        return eachText(model, texts, (text) => tokenizer.encode(text, { special }))
      }
      case 'render': {
        const { model, messages, addGenerationPrompt, variables } = request.params
        const files = await shelf.files(model)
        return eachText(model, [messages], (all, row) =>
          renderMessages(files, all, { addGenerationPrompt, variables, row, anyRole: true }),
        )[0]
      }
      case 'generate':
        return yield* generate(request.params, signal)
      case 'score':
        return yield* score(request.params, signal)
      case 'train':
        return yield* train(request.params, interruptions)
      case 'writeModel':
        return yield* writeModel(request.params, signal)
      default:
        return assertNever(request)
    }
  }

  async function load(path: string): Promise<ModelInfo> {
    await ready()
    const before = counts.loadSeconds
    const { files, parameters } = await shelf.get(path)
    const { architecture, vocabulary, layers, hidden, contextLength } = files.config
    const bos = namedTokens(JSON.parse(files.tokenizerFiles.get('tokenizer_config.json') ?? 'null')).bos_token
    return {
      ...{ path, architecture, parameters, vocabulary, layers, hidden, contextLength },
      hasTokenizer: files.tokenizer !== null,
      hasChatTemplate: files.chatTemplate !== null,
      opening: typeof bos === 'string' ? bos : '',
      stops: files.stopTokens.flatMap((id) => files.tokenizer?.tokenOf(id) ?? []),
      loadSeconds: counts.loadSeconds - before,
    }
  }

  async function* generate(params: GenerateParams, signal: AbortSignal): AsyncGenerator<GenerateItem | GeneratePiece | LeftOutRow> {
    const { model: path, rows, sampling, random, batch } = params
    await ready()
    const model = await shelf.get(path)
    const { files } = model
    const prepare = ({ input, seeds }: GenerateParams['rows'][number], row: number) => ({
      promptIds: promptIds(files, input, row, 1),
      seeds,
      row,
    })
    const { kept: prompts, leftOut } = prepareRows(readingOf(path), rows, params.leaveOut, prepare)
    yield* leftOut
    if (prompts.length === 0) return
    if (sampling.stop.length > 0) tokenizerOf(files) // stop strings need a tokenizer
    const stops = files.tokenizer ? stopCheck(files.tokenizer, sampling) : undefined
    const growing = params.stream ? incrementalDetokenizer(tokenizerOf(files), sampling.stop) : undefined
    counts.promptTokens += prompts.reduce((sum, prompt) => sum + prompt.promptIds.length, 0)
    const sequences = numerics.generate(model, prompts, {
      ...{ sampling, random, batch, signal, stopTokens: files.stopTokens },
      isFinished: (_row, _sample, ids) => stops?.(ids) ?? false,
      room: (row) => files.config.contextLength - prompts[row].promptIds.length,
      isShown: growing?.isDue,
    })
    let missing = prompts.reduce((sum, { seeds }) => sum + seeds.length, 0)
    for await (const sequence of sequences) {
      if ('leftOut' in sequence) {
        missing -= prompts[sequence.row].seeds.length
        yield leftOutBy(sequence, prompts, params)
        continue
      }
      const piece = growing?.next(sequence)
      if (piece) yield { ...piece, row: prompts[piece.row].row }
      if (sequence.finishReason === null) continue
      missing--
      counts.newTokens += sequence.tokenIds.length
      const { row, promptIds: own } = prompts[sequence.row]
      const ended = { ...sequence, finishReason: sequence.finishReason }
      yield { ...generateItem(model, ended, sampling.stop, own.length), row }
    }
    if (missing > 0 && signal.aborted) throw stopped()
  }

  async function* score(params: ScoreParams, signal: AbortSignal): AsyncGenerator<ScoreItem | LeftOutRow> {
    const { model: path, rows, top, choicesOnly } = params
    await ready()
    const model = await shelf.get(path)
    const prepare = (row: ScoreParams['rows'][number], index: number) => ({ ...scoreRow(model, row, index), row: index })
    const { kept: prepared, leftOut } = prepareRows(readingOf(path), rows, params.leaveOut, prepare)
    yield* leftOut
    if (prepared.length === 0) return
    counts.promptTokens += prepared.reduce((sum, { ids }) => sum + ids.length, 0)
    let missing = prepared.length
    for await (const item of numerics.score(model, prepared, { top, choicesOnly, signal })) {
      missing--
      yield 'leftOut' in item ? leftOutBy(item, prepared, params) : { ...scoreItem(item, prepared[item.row]), row: prepared[item.row].row }
    }
    if (missing > 0 && signal.aborted) throw stopped()
  }

  async function* train(params: TrainParams, interruptions: Interruptions): AsyncGenerator<TrainItem> {
    await makeRoomForTraining()
    shelf.drop(params.out) // the trained model replaces a served one of this name
    const journal = trainingLog(params.checkpoints)
    const isServedSo = params.config.precision === (await precision())
    const onTrained = isServedSo ? (model: Model): void => shelf.adopt(params.out, model) : undefined // the next request needs it
    for await (const item of numerics.train(params, { ...interruptions, onTrained })) {
      if (item.kind === 'step') counts.promptTokens += journal.append(item)
      if (item.kind === 'loaded') counts.loadSeconds += item.seconds
      yield item
      if (item.kind === 'started') yield* journal.before(item)
    }
  }

  /**
   * Training needs at least eight times the memory of serving (weights, gradients and two moments in float32, plus activations). So served
   * models stay loaded only if they are small compared to free memory, and never on a GPU, whose free memory isn't known.
   */
  async function makeRoomForTraining(): Promise<void> {
    const { device } = await ready()
    if (device !== 'CPU' || shelf.bytes() > freemem() * shareBesideTraining) shelf.dropAll()
  }

  return {
    answer,
    usage: (): EngineUsage => ({
      build: buildId,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      rssBytes: process.memoryUsage.rss(),
      processorSeconds: processorSeconds(),
      tensors: hasBackend ? numerics.tensors() : 0,
      ...counts,
    }),
  }
}

/** Processor time of all threads so far, seconds. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Process texts with a model's own template and tokenizer, each within its time limit. */
const eachText = <Item, Result>(model: string, items: readonly Item[], work: (item: Item, index: number) => Result): Result[] =>
  mapWithinTime(readingOf(model), items, work)

const readingOf = (model: string): string => `${model}: reading the text`

/** A row that the numerics have no room for, with its index in the request. Throws BAD_INPUT if the request wants every row answered. */
function leftOutBy(
  { row, leftOut }: LeftOutRow,
  kept: readonly { readonly row: number }[],
  { leaveOut }: Pick<GenerateParams, 'leaveOut'>,
): LeftOutRow {
  if (leaveOut === true) return { row: kept[row].row, leftOut }
  throw new LaurelError('BAD_INPUT', leftOut, 'Shorten the row, or give the engine more room.', { row: kept[row].row })
}

type Ended = Generated & { readonly finishReason: GenerateItem['finishReason'] }

/** The reply for a finished sequence: its text, cut at a stop string. */
function generateItem({ files }: ServedModel, sequence: Ended, stop: readonly string[], promptTokens: number): GenerateItem {
  const { row, sample, tokenIds, finishReason } = sequence
  const { text, stopped } = files.tokenizer ? responseText(files.tokenizer, tokenIds, stop) : { text: '', stopped: false }
  return { row, sample, tokenIds, text, promptTokens, finishReason: stopped ? 'stop' : finishReason }
}

/** A row to score as token ids, and where its continuation starts. */
type PreparedScoreRow = ScoreRow & { readonly continuationStart: number }

function scoreRow({ files }: ServedModel, { input, continuation, choices }: ScoreParams['rows'][number], row: number): PreparedScoreRow {
  const start = promptIds(files, input, row)
  const end = continuation === undefined ? [] : tokenizerOf(files, row).encode(continuation, { special: false })
  const ids = [...start, ...end]
  checkLength(files, ids.length, row)
  const continuationStart = start.length
  if (choices === undefined) return { ids, continuationStart }
  const positions = Array.from({ length: end.length + 1 }, (_, i) => continuationStart + i)
  const tokenizer = tokenizerOf(files, row)
  return { ids, continuationStart, at: { positions, choices: choices.map((choice) => choiceId(tokenizer, choice)) } }
}

const scoreItem = ({ row, tokenLogprobs, topIds, topLogprobs, choiceLogprobs }: Scored, prepared: PreparedScoreRow): ScoreItem => ({
  ...{ row, tokenLogprobs, topIds, topLogprobs },
  inputIds: [...prepared.ids],
  continuationStart: prepared.continuationStart,
  ...(choiceLogprobs && { choiceLogprobs, choiceIds: [...(prepared.at?.choices ?? [])] }),
})
