import { z } from 'zod'
import { errorCodes } from '../common/errors.ts'
import { renderParams } from './render-params.ts'
import { precision, trainConfig } from './train-config.ts'

/**
 * What is said between main and the engine process. Main sends `Request`s; the engine answers each with any number of
 * `items` messages (streamed results, several at a time) and exactly one `done` or `failed`. The engine knows nothing of runs or SQLite.
 */

export const backendName = z.enum(['tensorflow', 'webgpu', 'wasm', 'cpu'])
export type BackendName = z.infer<typeof backendName>

export const message = z.object({ role: z.string(), content: z.string() })
export type Message = z.infer<typeof message>

/** What the assistant's turn already begins with; the response goes on from there and does not contain it. */
const opening = z.string().optional()

/** Whether rows that can't be done (longer than the context, refused by the template) are told as `leftOutRow` instead of failing the request. */
const leaveOut = z.boolean().optional()

/**
 * What a model continues: messages (rendered by the model's chat template), a text that stands alone as a user's message
 * (`prompt`), raw text (`text`, special tokens parsed, nothing added), or token ids as they are.
 */
export const promptInput = z.union([
  z.object({ messages: z.array(message).min(1), opening }),
  z.object({ prompt: z.string(), opening }),
  z.object({ text: z.string() }),
  z.object({ inputIds: z.array(z.int().min(0)).min(1) }),
])
export type PromptInput = z.infer<typeof promptInput>

export const sampling = z.object({
  greedy: z.boolean().default(false),
  temperature: z.number().min(0).default(0.7), // 0 means greedy
  topP: z.number().gt(0).max(1).default(0.9),
  topK: z.int().min(0).default(0), // 0: off
  maxNewTokens: z.int().min(1).default(256),
  minNewTokens: z.int().min(0).default(0), // stop tokens are not sampled before
  /** Generation ends before the first of these texts (it is not part of the response). The model's own stop tokens always count. */
  stop: z.array(z.string().min(1)).default([]),
})
export type Sampling = z.infer<typeof sampling>

export const generateParams = z.object({
  model: z.string(), // a folder or GGUF file; loaded on first use
  /** One row per prompt; one response per seed, so a row with four seeds gives four candidates. */
  rows: z.array(z.object({ input: promptInput, seeds: z.array(z.int().min(0)).min(1) })),
  sampling,
  /** Sequences in flight at once. */
  batch: z.int().min(1).default(64),
  /** Also give each response piece by piece while it grows (`generatePiece`): a few a second. */
  stream: z.boolean().optional(),
  leaveOut,
})
export type GenerateParams = z.infer<typeof generateParams>

/**
 * What a growing response has come to. `text` goes in place of all that was told from character `at` on: nearly always it is added at the
 * end (some tokenizers change a space once they see what follows). All pieces of a response together are its final text.
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
  text: z.string(), // special tokens and the stop text left out
  tokenIds: z.array(z.int()), // with the stop token, if one was sampled
  finishReason: z.enum(['stop', 'length']),
  promptTokens: z.int(),
})
export type GenerateItem = z.infer<typeof generateItem>

export const scoreParams = z.object({
  model: z.string(),
  rows: z.array(
    z.object({
      input: promptInput,
      /** Appended to the rendered input as raw text, special tokens not parsed (a response to be scored). */
      continuation: z.string().optional(),
      /** Also give the log-probabilities of these tokens at each position of the continuation and after it (without one: after the input). */
      choices: z.array(z.string()).optional(),
    }),
  ),
  /** How many of the likeliest tokens after the last one to give. */
  top: z.int().min(0).default(0),
  /** Leave `tokenLogprobs` empty, where only choices (or the top) are wanted: saves most of the output layer's work. */
  choicesOnly: z.boolean().optional(),
  leaveOut,
  batch: z.int().min(1).default(16),
})
export type ScoreParams = z.infer<typeof scoreParams>

export const scoreItem = z.object({
  row: z.int(),
  inputIds: z.array(z.int()),
  tokenLogprobs: z.array(z.number()), // log p of tokens 2..n
  topIds: z.array(z.int()),
  topLogprobs: z.array(z.number()),
  /** Index in inputIds where the continuation starts (its length where there is none). */
  continuationStart: z.int(),
  /** [position][choice]: log p of each choice's first token as the token AT that position; position 0 is the continuation's first token; one more entry than tokens: the token after the last. */
  choiceLogprobs: z.array(z.array(z.number())).optional(),
  /** The token that stands for each choice: the same in all items of a request. */
  choiceIds: z.array(z.int()).optional(),
})
export type ScoreItem = z.infer<typeof scoreItem>

/** A text, or messages of which the last belongs to the assistant for a completion; or ids as they are. */
export const completionInput = z.union([z.string(), z.array(message), z.object({ inputIds: z.array(z.int().min(0)) })])
export type CompletionInput = z.infer<typeof completionInput>

export const sftRow = z.object({
  prompt: completionInput,
  completion: completionInput,
  /** Loss weight of each completion token (1 where absent). */
  weights: z.array(z.number().min(0)).optional(),
  /** Loss weight of the prompt's tokens, in place of the config's `prompt_weight` (a judge prompt is not to be learned, a user's prompt may be). */
  promptWeight: z.number().min(0).optional(),
})
export type SftRow = z.infer<typeof sftRow>

export const dpoRow = z.object({ prompt: completionInput, chosen: completionInput, rejected: completionInput })
export type DpoRow = z.infer<typeof dpoRow>

export const trainParams = z.object({
  task: z.enum(['sft', 'dpo']),
  model: z.string(), // initialised from (and, for DPO, the reference)
  rows: z.array(z.union([sftRow, dpoRow])),
  config: trainConfig,
  /** The trained model's folder: appears complete or not at all. */
  out: z.string(),
  /** Where checkpoints go. Training continues from the newest complete one found there. */
  checkpoints: z.string(),
  leaveOut,
})
export type TrainParams = z.infer<typeof trainParams>

export { type LeftOutRow, leftOutRow, type StepMetrics, stepMetrics, type TrainItem, trainItem } from './train-items.ts'

export const tokenizeParams = z.object({ model: z.string(), texts: z.array(z.string()), special: z.boolean().default(false) })
export type TokenizeParams = z.infer<typeof tokenizeParams>

/** The decoders that an engine knows, by Hugging Face's `model_type`. */
export const architectures = ['llama', 'mistral', 'qwen2', 'qwen3'] as const

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
  loadSeconds: z.number(),
})
export type ModelInfo = z.infer<typeof modelInfo>

/** A model's sizes, named as in its configuration: what its memory follows from. */
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
  tiedEmbeddings: z.boolean(),
})
export type ModelShape = z.infer<typeof modelShape>

export const lengthsParams = trainParams.pick({ task: true, model: true, rows: true }).extend({
  maxLength: z.int().min(2),
  promptWeight: z.number().min(0).default(0), // SFT: where a row has none of its own
})
export type LengthsParams = z.infer<typeof lengthsParams>

export const rowTokensParams = lengthsParams.omit({ task: true })
export type RowTokensParams = z.infer<typeof rowTokensParams>

export const engineInfo = z.object({
  backend: backendName,
  version: z.string(),
  device: z.string(), // 'CPU', 'NVIDIA H200', 'SwiftShader' ...
  threads: z.int(),
  precision,
  /** Why this precision, in a few words. */
  precisionReason: z.string().optional(),
  /** Why this backend and not a faster one, in one line; empty where it is the fastest. */
  notice: z.string(),
})
export type EngineInfo = z.infer<typeof engineInfo>

/** Memory and work so far, asked for at any time. */
export const engineUsage = z.object({
  build: z.string().optional(), // of which Laurel the engine is
  peakRssBytes: z.number(),
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
  /** Ask request `target` to stop after its current unit (sequence batch step or optimiser step, with a checkpoint). */
  z.object({ id: z.int(), method: z.literal('cancel'), params: z.object({ target: z.int() }) }),
  /** Ask training `target` to end after its current optimiser step and to save its model as it is. Without a step there is none: STOPPED. */
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
