import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { errorValue, finishReason, message } from '../engine-protocol.ts'
import { exportForm, exportPrecision } from '../export-forms.ts'
import { procedure, reading } from './procedure.ts'

/** The run that trained a model, and its lineage. */
export const modelOrigin = z.object({
  runId: z.string(),
  runName: z.string(),
  model: z.string(), // name in the run: M0, SFT, M1 ...
  initialisedFrom: z.string().nullable(),
  reference: z.string().nullable(), // DPO's reference model
  data: z.string(), // description of the training data
  createdAt: z.string(),
})

export const modelSources = ['run', 'demo', 'folder', 'added', 'cache'] as const

export const libraryModel = z.object({
  /** The id that other calls use. */
  id: z.string(),
  name: z.string(),
  source: z.enum(modelSources),
  path: z.string(),
  origin: modelOrigin.nullable(), // null: not trained by a run
  format: z.enum(['hugging-face', 'gguf']),
  architecture: z.string().nullable(),
  parameters: z.number().nullable(),
  bytes: z.number(),
  precision: z.string().nullable(), // 'float32', 'bfloat16', 'Q4_1'
  contextLength: z.number().nullable(), // tokens
  hasChatTemplate: z.boolean(),
  license: z.string().nullable(),
  /** Why it can't be used. */
  problem: z.string().nullable(),
})
export type LibraryModel = z.infer<typeof libraryModel>

/** Result of loading a model and scoring a sentence. */
export const verifiedModel = z.object({
  parameters: z.number(),
  layers: z.int(),
  vocabulary: z.int(),
  loadSeconds: z.number(),
  /** Mean log-probability of the tokens of a fixed English sentence; `chanceLogprob` is that of a uniform guess, -ln(vocabulary). */
  meanLogprob: z.number(),
  chanceLogprob: z.number(),
})
export type VerifiedModel = z.infer<typeof verifiedModel>

export const chatSampling = z.object({
  temperature: z.number().min(0).max(5), // 0: greedy
  topP: z.number().gt(0).max(1),
  maxTokens: z.int().min(1).max(32_768),
  seed: z.int().min(0),
})
export type ChatSampling = z.infer<typeof chatSampling>

/** Chat replies, by column. Models of this machine answer one after another, since there is one engine; servers meanwhile. */
export const chatEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loading'), column: z.int() }),
  z.object({ kind: z.literal('writing'), column: z.int() }),
  /** `text` replaces everything from character `at` on. */
  z.object({ kind: z.literal('piece'), column: z.int(), at: z.int(), text: z.string(), tokens: z.int() }),
  z.object({
    kind: z.literal('done'),
    column: z.int(),
    text: z.string(),
    tokens: z.int(),
    promptTokens: z.int(),
    seconds: z.number(),
    finishReason,
  }),
  z.object({ kind: z.literal('failed'), column: z.int(), error: errorValue }),
])
export type ChatEvent = z.infer<typeof chatEvent>

/** An export compared with its original: log-probabilities of the tokens of fixed texts. */
export const exportCheck = z.object({
  tokens: z.int(),
  largestDifference: z.number(),
  meanDifference: z.number(),
  /** The largest mean difference that rounding to this precision explains. */
  tolerance: z.number(),
})
export type ExportCheck = z.infer<typeof exportCheck>

/** Progress of an export; the last event is `done`. */
export const exportEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copying'), bytes: z.number(), total: z.number() }),
  z.object({ kind: z.literal('checking') }),
  z.object({
    kind: z.literal('done'),
    folder: z.string(),
    files: z.array(z.string()),
    /** Null: the model has no tokenizer, so nothing was compared. */
    check: exportCheck.nullable(),
    /** Whether the Modelfile contains the model's own chat template; null: there is no Modelfile. */
    hasTemplate: z.boolean().nullable(),
    stops: z.array(z.string()),
  }),
])
export type ExportEvent = z.infer<typeof exportEvent>

const hubFile = z.object({ path: z.string(), bytes: z.number() })

/** What the Hugging Face Hub has under a name. */
export const hubOffer = z.object({
  repository: z.string(), // OWNER/NAME
  commit: z.string(),
  license: z.string().nullable(), // null: its card names none
  /** Its page, with the license. */
  page: z.string(),
  /** What would be downloaded; empty: one of `choices` must be chosen. */
  files: z.array(hubFile),
  /** GGUF files. */
  choices: z.array(hubFile),
})
export type HubOffer = z.infer<typeof hubOffer>

/** What a model's chat template makes of a conversation, as `laurel render` prints it. */
export const renderedConversation = z.object({
  text: z.string(),
  /** The text's tokens. If the last message is the assistant's, with the weights that training on it as the response would have. */
  tokens: z.array(z.object({ id: z.int(), text: z.string(), weight: z.number() })),
  /** Why the conversation can't be trained on as it is, or how training would differ; null: it is trained on just so. */
  trainingNote: z.string().nullable(),
})
export type RenderedConversation = z.infer<typeof renderedConversation>

export const hubDownload = z.object({
  repository: z.string(),
  commit: z.string(),
  license: z.string().nullable(),
  /** The file being fetched. */
  file: z.string(),
  /** The GGUF file that was chosen; null: a folder. */
  wanted: z.string().nullable(),
  done: z.number(), // bytes
  total: z.number(),
  status: z.enum(['running', 'done', 'stopped', 'failed']),
  error: errorValue.nullable(),
  /** Where it is; null: not complete. */
  path: z.string().nullable(),
})
export type HubDownload = z.infer<typeof hubDownload>

const one = z.object({ id: z.string() })
const hubName = z.object({ name: z.string().max(300), file: z.string().nullable() })
const repository = z.object({ repository: z.string() })

export const modelsContract = {
  /** All known models, including damaged ones: those of runs (newest run first), then those on disk. */
  library: reading.output(z.array(libraryModel)),
  /** Loads a model and scores a sentence with it. Throws if either fails. */
  verify: procedure.input(one).output(verifiedModel),
  /** Folders that are searched for models: Laurel's own, the Hugging Face cache, and those that the user has added. */
  places: reading.output(z.object({ own: z.string(), cache: z.string(), added: z.array(z.string()) })),
  /** Returns the number of models in it. Throws NOT_FOUND or BAD_INPUT if there are none. */
  addPlace: procedure.input(z.object({ path: z.string() })).output(z.object({ models: z.int() })),
  /** Leaves its files in place. */
  forgetPlace: procedure.input(z.object({ path: z.string() })).output(z.void()),
  /** Asks the Hugging Face Hub what a name offers. Fetches nothing else. */
  hubLook: procedure.input(hubName).output(hubOffer),
  /** Downloads in the background, or continues; the user has accepted the license. */
  hubGet: procedure.input(hubName).output(z.void()),
  /** This process's downloads, newest first. */
  downloads: reading.output(z.array(hubDownload)),
  /** What is on disk stays, so that the download can be continued. */
  stopDownload: procedure.input(repository).output(z.void()),
  dismissDownload: procedure.input(repository).output(z.void()),
  /** Lets each model, of the library or a server's own (`ownModelId`), answer its own conversation. Closing the stream stops generation. */
  chat: procedure
    .input(
      z.object({
        columns: z
          .array(z.object({ id: z.string(), messages: z.array(message).min(1) }))
          .min(1)
          .max(8),
        sampling: chatSampling,
        /** The stored chat that asks, to which what servers are asked is added; null: none. */
        chatId: z.int().nullable().default(null),
      }),
    )
    .output(eventIterator(chatEvent)),
  /** Throws BAD_INPUT if the template rejects the conversation. */
  render: procedure
    .input(z.object({ id: z.string(), messages: z.array(message).min(1).max(200), addGenerationPrompt: z.boolean() }))
    .output(renderedConversation),
  /** Writes a model to a new folder: completely or not at all. */
  export: procedure
    .input(z.object({ id: z.string(), form: exportForm, precision: exportPrecision, folder: z.string() }))
    .output(eventIterator(exportEvent)),
}
