import { setTimeout as sleep } from 'node:timers/promises'
import { generators } from '../../main/common/random.ts'
import type { Engine, GenerateOptions, RowOptions } from '../../main/engine/hosts/engine.ts'
import type {
  GenerateItem,
  GenerateParams,
  GeneratePiece,
  PromptInput,
  ScoreItem,
  ScoreParams,
  TrainParams,
} from '../../main/shared/engine-protocol.ts'
import { LaurelError, stopped } from '../../main/shared/errors.ts'
import { contentOf, digest, type Give, train } from './stand-in-training.ts'

const { uniform } = generators.murmur

/** Ways to make a fake engine misbehave. */
export interface StandInOptions {
  /** Dies (throws ENGINE_LOST, then at every call) after this many items. */
  readonly diesAfter?: number
  /** Called before each item, with the number of items so far. */
  readonly onItem?: (given: number) => void
  /** How long each item takes. */
  readonly itemMs?: number
  readonly threads?: number
  /** The share of judgements that don't follow the format. */
  readonly unreadable?: number
  /** Writes the answer to a judge prompt, instead of a random score. */
  readonly judgement?: (prompt: string, seed: number) => string
  /** A model's answer, instead of random words; undefined: those. */
  readonly answer?: (model: string) => string | undefined
  /** Compares two answers, instead of a random verdict. */
  readonly verdict?: (prompt: string) => string
  /** Whether the token limit cut a response off. */
  readonly isCut?: (text: string) => boolean
  /** Its context length in characters, which are its tokens. */
  readonly contextLength?: number
}

const words =
  'amber brook cedar delta ember fjord grove heath inlet jetty knoll larch marsh north ocean pearl quartz ridge slope thorn'.split(' ')

/**
 * An engine without a model. Its output is a pure function of the model's files, the seed, and ALL rows of the request, so that a loop that
 * requests only a part again gets other texts, as it might from a real engine. Items arrive in a scrambled order.
 */
export function standInEngine(options: StandInOptions = {}): Engine {
  let given = 0
  let isDead = false
  const give: Give = async (signal) => {
    await (options.itemMs ? sleep(options.itemMs) : Promise.resolve())
    if (isDead || given === options.diesAfter) {
      isDead = true
      throw new LaurelError('ENGINE_LOST', 'The engine process died (test).\nlast words of the engine', 'Resume the run.')
    }
    options.onItem?.(given)
    if (signal?.aborted) throw stopped()
    given++
  }
  return {
    info: async () => ({
      backend: 'cpu',
      version: 'fake',
      device: 'none',
      threads: options.threads ?? 1,
      precision: 'float32',
      notice: '',
    }),
    usage: async () => ({ peakRssBytes: 0, tensors: 0, loadSeconds: 0, promptTokens: 0, newTokens: 0 }),
    measure: async () => ({ float32Gflops: 1, bfloat16Gflops: null }),
    load: async (path) => ({
      path,
      architecture: 'fake',
      parameters: 1,
      vocabulary: 256,
      layers: 1,
      hidden: 1,
      contextLength: 1024,
      hasTokenizer: true,
      hasChatTemplate: true,
      ...{ opening: '', stops: [] },
      loadSeconds: 0,
    }),
    unload: async () => {},
    describe: async () => ({
      ...{ vocabulary: 256, hidden: 8, intermediate: 16, layers: 1, heads: 2, keyValueHeads: 1, headDim: 4 },
      ...{ attentionBias: false, queryKeyNorm: false, tiedEmbeddings: true },
    }),
    lengths: async ({ rows }) => rows.map(() => ({ tokens: 20, targets: 10 })),
    rowTokens: async ({ rows }) => rows.map(() => ({ tokens: [{ id: 1, text: 'a', weight: 1 }], isCut: false, problem: null })),
    tokenize: async ({ texts }) => texts.map(tokensOf),
    render: async ({ messages }) => `<s>${messages.map(({ content }) => `${content}\n`).join('')}>`,
    generate: (params, call) => generate(params, call, give, options),
    score: (params, call) => score(params, call, give, options),
    train: (params, call) => train(params, call, give),
    writeModel: () => {
      throw new LaurelError('UNSUPPORTED', 'The stand-in has no model to write (test).', 'Use a real engine.')
    },
    close: async () => {},
  }
}

const tokensOf = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!)

function textOf(input: PromptInput): string {
  if ('prompt' in input) return input.prompt
  if ('text' in input) return input.text
  if ('messages' in input) return input.messages.map(({ content }) => content).join('\n')
  return input.inputIds.join(' ')
}

/** Indices in an order that is neither the requested one nor random. */
const scrambled = (n: number): number[] => Array.from({ length: n }, (_, i) => i).sort((a, b) => (a % 3) - (b % 3) || b - a)

async function* generate(
  params: GenerateParams,
  { signal, onPiece, onLeftOut }: GenerateOptions = {},
  give: Give,
  options: StandInOptions,
): AsyncGenerator<GenerateItem> {
  const request = digest(contentOf(params.model), params.rows, params.sampling)
  const left = leftOut(
    params.rows.map(({ input }) => textOf(input)),
    options,
    onLeftOut,
  )
  const units = params.rows.flatMap(({ seeds }, row) => (left.has(row) ? [] : seeds.map((seed, sample) => ({ row, sample, seed }))))
  for (const i of scrambled(units.length)) {
    const { row, sample, seed } = units[i]
    const { input } = params.rows[row]
    const asked = textOf(input)
    const own = asked.includes('[[A]]') || asked.includes('additive 5-point') ? undefined : options.answer?.(params.model)
    const text = own ?? reply(asked, Number.parseInt(digest(request, row, seed).slice(0, 8), 16), seed, options)
    if (onPiece) for (const piece of piecesOf(text)) await tellPiece({ piece: true, row, sample, ...piece }, onPiece, signal, options)
    await give(signal)
    const finishReason = options.isCut?.(text) ? 'length' : 'stop'
    yield { row, sample, text, tokenIds: tokensOf(text), finishReason, promptTokens: textOf(input).length }
  }
}

/** A text word by word. */
const piecesOf = (text: string): { at: number; text: string; tokens: number }[] =>
  [...text.matchAll(/\S+\s*/g)].map(({ 0: word, index }) => ({ at: index, text: word, tokens: index + word.length }))

async function tellPiece(
  piece: GeneratePiece,
  onPiece: NonNullable<GenerateOptions['onPiece']>,
  signal: AbortSignal | undefined,
  { itemMs }: StandInOptions,
): Promise<void> {
  if (itemMs) await sleep(itemMs)
  if (signal?.aborted) throw stopped()
  onPiece(piece)
}

/** The fake's answer depends on the kind of prompt: a judgement, ticks, a grade, a verdict, a checklist, a task, or anything else. */
function reply(prompt: string, luck: number, seed: number, options: StandInOptions): string {
  const draw = (n: number, place: number): number => Math.floor(uniform(luck, place) * n)
  const sentence = (n: number): string => Array.from({ length: n }, (_, i) => words[draw(words.length, i + 10)]).join(' ')
  if (prompt.includes('additive 5-point')) {
    if (options.judgement) return options.judgement(prompt, seed)
    return uniform(luck, 1) < (options.unreadable ?? 0.1)
      ? 'I would rather not say.'
      : `The answer is ${words[draw(20, 2)]}.\nScore: ${draw(6, 3)}`
  }
  if (prompt.endsWith('Review')) return Array.from({ length: 5 }, (_, i) => `x${draw(2, i) === 0 ? '+' : '-'}`).join(' ')
  if (prompt.includes('[[rating]]'))
    return uniform(luck, 1) < (options.unreadable ?? 0.1) ? 'No grade.' : `Fair. Rating: [[${1 + draw(10, 3)}]]`
  if (prompt.includes('[[A]]')) return options.verdict?.(prompt) ?? `Because. [[${'ABC'[draw(3, 4)]}]]`
  if (prompt.includes('Write a checklist')) return uniform(luck, 8) < 0.2 ? sentence(3) : `- ${sentence(3)}\n- ${sentence(4)}`
  if (prompt.startsWith('Come up with')) return uniform(luck, 5) < 0.2 ? '' : ` Write about the ${sentence(5)} in ${draw(90, 6)} words.`
  if (prompt.endsWith('<s>')) return `Tell of ${sentence(6)}.`
  return `${sentence(3 + draw(6, 7))}.`
}

/** Report rows that are longer than the stand-in's context, or reject them as the engine does. */
function leftOut(
  texts: readonly string[],
  { contextLength = Number.POSITIVE_INFINITY }: StandInOptions,
  onLeftOut: RowOptions['onLeftOut'],
): Set<number> {
  const long = [...texts.entries()].filter(([, text]) => text.length >= contextLength)
  for (const [row, { length }] of long) {
    const reason = `${length} tokens don't fit the model's context of ${contextLength}`
    if (onLeftOut === undefined) throw new LaurelError('BAD_INPUT', reason, 'Shorten the row.', { row })
    onLeftOut({ row, leftOut: reason })
  }
  return new Set(long.map(([row]) => row))
}

async function* score(
  params: Omit<ScoreParams, 'leaveOut'>,
  { signal, onLeftOut }: RowOptions = {},
  give: Give,
  options: StandInOptions,
): AsyncGenerator<ScoreItem> {
  const request = digest(contentOf(params.model), params.rows)
  const left = leftOut(
    params.rows.map(({ input, continuation = '' }) => textOf(input) + continuation),
    options,
    onLeftOut,
  )
  for (const row of scrambled(params.rows.length)) {
    const { input, continuation = '', choices } = params.rows[row]
    if (left.has(row)) continue
    await give(signal)
    const before = 'inputIds' in input ? input.inputIds : tokensOf(textOf(input))
    const inputIds = [...before, ...tokensOf(continuation)]
    const logprob = (place: number): number => Math.log(uniform(Number.parseInt(digest(request, row).slice(0, 8), 16), place) + 1e-9)
    const places = continuation.length + 1
    const choiceLogprobs = choices && Array.from({ length: places }, (_, p) => choices.map((_, c) => logprob(p * 16 + c)))
    const tokenLogprobs = inputIds.slice(1).map((_, i) => logprob(i))
    yield {
      row,
      inputIds,
      tokenLogprobs,
      topIds: [],
      topLogprobs: [],
      continuationStart: before.length,
      ...(choiceLogprobs && { choiceLogprobs, choiceIds: choices.map((choice) => tokensOf(choice)[0]) }),
    }
  }
}

/** A stand-in engine that adds its requests to lists of the caller's. */
export function recordingStandIn(
  options: StandInOptions,
  { trainings, generations = [] }: { readonly trainings: TrainParams[]; readonly generations?: GenerateParams[] },
): ReturnType<typeof standInEngine> {
  const engine = standInEngine(options)
  return {
    ...engine,
    train: (params, call) => {
      trainings.push(params)
      return engine.train(params, call)
    },
    generate: (params, call) => {
      generations.push(params)
      return engine.generate(params, call)
    },
  }
}
