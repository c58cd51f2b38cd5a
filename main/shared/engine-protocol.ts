import { z } from 'zod'
import { errorCodes } from './errors.ts'
import { writeModelParams } from './export-forms.ts'
import { leaveOut, promptInput } from './prompt-input.ts'
import { randomGenerator } from './random-generator.ts'
import { renderParams } from './render-params.ts'
import { precision } from './train-config.ts'
import { lengthsParams, rowTokensParams, trainParams } from './train-params.ts'

/**
 * Messages between main and the engine process. Main sends `Request`s. The engine answers each with any number of `items` messages (batches
 * of streamed results) and exactly one `done` or `failed`. The engine knows nothing of runs or SQLite.
 */

export const backendName = z.enum(['tensorflow', 'webgpu', 'wasm', 'cpu'])
export type BackendName = z.infer<typeof backendName>

/** Whether a backend can compute in bfloat16. */
export const hasBfloat16 = (backend: EngineInfo['backend']): boolean => backend === 'tensorflow' || backend === 'webgpu'

/** How a text ended: by itself (a stop token or a stop text), or at the token limit. */
export const finishReason = z.enum(['stop', 'length'])
export type FinishReason = z.infer<typeof finishReason>

export const sampling = z.object({
  greedy: z.boolean().default(false),
  temperature: z.number().min(0).default(0.7), // 0: greedy
  topP: z.number().gt(0).max(1).default(0.9),
  topK: z.int().min(0).default(0), // 0: off
  maxNewTokens: z.int().min(1).default(256),
  minNewTokens: z.int().min(0).default(0), // stop tokens aren't sampled earlier
  /** Stop strings, excluded from the response. The model's own stop tokens always apply. */
  stop: z.array(z.string().min(1)).default([]),
})
export type Sampling = z.infer<typeof sampling>

export const generateParams = z.object({
  model: z.string(), // folder or GGUF file; loaded on first use
  /** One row per prompt and one response per seed: a row with four seeds gives four candidates. */
  rows: z.array(z.object({ input: promptInput, seeds: z.array(z.int().min(0)).min(1) })),
  sampling,
  /** What draws each token, from its response's seed and its place. Default: philox. */
  random: randomGenerator.optional(),
  /** Sequences in flight. */
  batch: z.int().min(1).default(64),
  /** Also stream each response while it grows (`generatePiece`), a few times a second. */
  stream: z.boolean().optional(),
  leaveOut,
})
export type GenerateParams = z.infer<typeof generateParams>

/**
 * A piece of a growing response. `text` replaces everything from character `at` on. Usually that appends, but some tokenizers change a
 * space once they see the next token. All pieces together are the final text.
 */
export const generatePiece = z.object({
  piece: z.literal(true),
  row: z.int(),
  sample: z.int(),
  at: z.int().min(0), // in UTF-16 units
  text: z.string(),
  tokens: z.int(), // so far
})
export type GeneratePiece = z.infer<typeof generatePiece>

export const generateItem = z.object({
  row: z.int(), // index into rows
  sample: z.int(), // index into the row's seeds
  text: z.string(), // without special tokens and the stop string
  tokenIds: z.array(z.int()), // includes the stop token, if sampled; empty from a server, which gives none
  /** Their number, from a server. */
  newTokens: z.int().optional(),
  finishReason,
  promptTokens: z.int(),
})
export type GenerateItem = z.infer<typeof generateItem>

export const scoreParams = z.object({
  model: z.string(),
  rows: z.array(
    z.object({
      input: promptInput,
      /** Appended to the rendered input as raw text, special tokens not parsed (for example a response to score). */
      continuation: z.string().optional(),
      /**
       * Also return these tokens' log-probabilities at each position of the continuation and after it (without a continuation: after the
       * input).
       */
      choices: z.array(z.string()).optional(),
    }),
  ),
  /** How many of the most likely next tokens to return after the last token. */
  top: z.int().min(0).default(0),
  /** Leave `tokenLogprobs` empty if only choices or the top are needed, which saves most of the output layer's work. */
  choicesOnly: z.boolean().optional(),
  leaveOut,
  batch: z.int().min(1).default(16),
})
export type ScoreParams = z.infer<typeof scoreParams>

export const scoreItem = z.object({
  row: z.int(),
  inputIds: z.array(z.int()), // empty from a server that gives none
  /** Their number, from a server. */
  promptTokens: z.int().optional(),
  tokenLogprobs: z.array(z.number()), // log p of tokens 2..n
  topIds: z.array(z.int()),
  topLogprobs: z.array(z.number()),
  /** Index in inputIds where the continuation starts (the length if there is none). */
  continuationStart: z.int(),
  /**
   * [position][choice]: log p of each choice's first token as the token AT that position. Position 0 is the continuation's first token; the
   * last entry is the token after the end.
   */
  choiceLogprobs: z.array(z.array(z.number())).optional(),
  /** The token id of each choice, the same for all items of a request. */
  choiceIds: z.array(z.int()).optional(),
})
export type ScoreItem = z.infer<typeof scoreItem>

export { type WriteModelParams, type WrittenBytes, writeModelParams, writtenBytes } from './export-forms.ts'
export { type Message, message, type PromptInput, promptInput } from './prompt-input.ts'
export { type LeftOutRow, leftOutRow, type StepMetrics, stepMetrics, type TrainItem, trainItem } from './train-items.ts'
export {
  type CompletionInput,
  type DpoRow,
  type LengthsParams,
  pairEmphasis,
  type ResponseInput,
  type RewardRow,
  type RowTokensParams,
  rewardRow,
  type SftRow,
  type TrainParams,
} from './train-params.ts'

export const tokenizeParams = z.object({ model: z.string(), texts: z.array(z.string()), special: z.boolean().default(false) })
export type TokenizeParams = z.infer<typeof tokenizeParams>

export const modelInfo = z.object({
  path: z.string(),
  architecture: z.string(),
  parameters: z.number(),
  vocabulary: z.int(),
  layers: z.int(),
  hidden: z.int(),
  contextLength: z.int(),
  hasTokenizer: z.boolean(),
  hasChatTemplate: z.boolean(),
  /** The token that texts begin with in its chat template; '' if it names none. */
  opening: z.string(),
  /** The tokens at which it stops. */
  stops: z.array(z.string()),
  loadSeconds: z.number(),
})
export type ModelInfo = z.infer<typeof modelInfo>

/** A model's dimensions, named as in its configuration. They determine its memory. */
export const modelShape = z.object({
  vocabulary: z.int(), // V
  hidden: z.int(), // C
  intermediate: z.int(), // F
  layers: z.int(),
  heads: z.int(), // H
  keyValueHeads: z.int(), // KV
  headDim: z.int(), // D
  attentionBias: z.boolean(),
  queryKeyNorm: z.boolean(),
  branchNorms: z.boolean().optional(),
  tiedEmbeddings: z.boolean(),
})
export type ModelShape = z.infer<typeof modelShape>

/** What computes: a backend on this machine, or another machine. */
export const engineBackend = z.enum([...backendName.options, 'remote'])

export const engineInfo = z.object({
  backend: engineBackend,
  version: z.string(),
  device: z.string(), // 'CPU', 'NVIDIA H200', 'apple m2 pro' ...
  threads: z.int(),
  precision,
  /** Why this precision was chosen, in a few words. */
  precisionReason: z.string().optional(),
  /** How this backend was chosen if several could have been the fastest, in a few words. */
  backendReason: z.string().optional(),
  /** All memory of the GPU that computes, in bytes; null without one, or if it isn't known. */
  deviceMemory: z.number().nullable().optional(),
  /** The GPU that WebGPU reaches, whether it is used or not; null: none. */
  webgpuDevice: z.string().nullable().optional(),
  /** Why a faster backend wasn't used, in one line; empty for the fastest. */
  notice: z.string(),
  /** Rows of a request that keep all of a cluster busy. Missing: one machine, which any request keeps busy. */
  requestRows: z.int().optional(),
})
export type EngineInfo = z.infer<typeof engineInfo>

/** Memory and work so far; can be requested at any time. */
export const engineUsage = z.object({
  build: z.string().optional(), // the engine's Laurel build
  peakRssBytes: z.number(),
  /** Memory now, and processor time so far. Missing: an engine that can't tell. */
  rssBytes: z.number().optional(),
  processorSeconds: z.number().optional(),
  tensors: z.int(),
  loadSeconds: z.number(),
  promptTokens: z.int(),
  newTokens: z.int(),
})
export type EngineUsage = z.infer<typeof engineUsage>

export const request = z.discriminatedUnion('method', [
  z.object({ id: z.int(), method: z.literal('info'), params: z.object({}) }),
  z.object({ id: z.int(), method: z.literal('usage'), params: z.object({}) }),
  z.object({ id: z.int(), method: z.literal('measure'), params: z.object({}) }),
  z.object({ id: z.int(), method: z.literal('load'), params: z.object({ model: z.string() }) }),
  z.object({ id: z.int(), method: z.literal('unload'), params: z.object({ model: z.string() }) }),
  z.object({ id: z.int(), method: z.literal('describe'), params: z.object({ model: z.string() }) }),
  z.object({ id: z.int(), method: z.literal('lengths'), params: lengthsParams }),
  z.object({ id: z.int(), method: z.literal('rowTokens'), params: rowTokensParams }),
  z.object({ id: z.int(), method: z.literal('tokenize'), params: tokenizeParams }),
  z.object({ id: z.int(), method: z.literal('render'), params: renderParams }),
  z.object({ id: z.int(), method: z.literal('generate'), params: generateParams }),
  z.object({ id: z.int(), method: z.literal('score'), params: scoreParams }),
  z.object({ id: z.int(), method: z.literal('train'), params: trainParams }),
  z.object({ id: z.int(), method: z.literal('writeModel'), params: writeModelParams }),
  /** Stop request `target` after its current unit (one decoding step of the batch, or one optimizer step followed by a checkpoint). */
  z.object({ id: z.int(), method: z.literal('cancel'), params: z.object({ target: z.int() }) }),
  /** Finish training `target` after its current optimizer step and save the model. Fails with STOPPED before the first step. */
  z.object({ id: z.int(), method: z.literal('conclude'), params: z.object({ target: z.int() }) }),
  z.object({ id: z.int(), method: z.literal('shutdown'), params: z.object({}) }),
])
export type Request = z.infer<typeof request>
export type Method = Request['method']

export const errorValue = z.object({ code: z.enum(errorCodes), message: z.string(), remedy: z.string(), row: z.int().min(0).optional() })

export const reply = z.discriminatedUnion('kind', [
  z.object({ id: z.int(), kind: z.literal('items'), items: z.array(z.unknown()) }),
  z.object({ id: z.int(), kind: z.literal('done'), result: z.unknown() }),
  z.object({ id: z.int(), kind: z.literal('failed'), error: errorValue }),
  z.object({ id: z.literal(-1), kind: z.literal('log'), level: z.enum(['info', 'warning']), text: z.string() }),
])
export type Reply = z.infer<typeof reply>
