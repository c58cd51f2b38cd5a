import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { errorValue, message } from '../../engine/protocol.ts'
import { procedure } from './procedure.ts'

/** Which run made a model, and from what. */
export const modelOrigin = z.object({
  runId: z.string(),
  runName: z.string(),
  model: z.string(), // its name in the run: M0, SFT, M1 ...
  initialisedFrom: z.string().nullable(),
  reference: z.string().nullable(), // DPO's reference model
  data: z.string(), // what it was trained on, in words
  createdAt: z.string(),
})
export type ModelOrigin = z.infer<typeof modelOrigin>

export const modelSources = ['run', 'demo', 'folder', 'added', 'cache'] as const

export const libraryModel = z.object({
  /** What the other calls name it by. */
  id: z.string(),
  name: z.string(),
  source: z.enum(modelSources),
  path: z.string(),
  origin: modelOrigin.nullable(), // null: no run made it
  format: z.enum(['hugging-face', 'gguf']),
  architecture: z.string().nullable(),
  parameters: z.number().nullable(),
  bytes: z.number(),
  precision: z.string().nullable(), // 'float32', 'bfloat16', 'Q4_1'
  contextLength: z.number().nullable(), // tokens
  hasChatTemplate: z.boolean(),
  licence: z.string().nullable(),
  /** Why it cannot be used, in plain words. */
  problem: z.string().nullable(),
})
export type LibraryModel = z.infer<typeof libraryModel>

/** A model that was opened, read and asked something by an engine. */
export const verifiedModel = z.object({
  parameters: z.number(),
  layers: z.int(),
  vocabulary: z.int(),
  loadSeconds: z.number(),
  /** Mean log-probability of the tokens of a fixed English sentence; `chanceLogprob` is what even guessing would give, -ln(vocabulary). */
  meanLogprob: z.number(),
  chanceLogprob: z.number(),
})
export type VerifiedModel = z.infer<typeof verifiedModel>

export const chatSampling = z.object({
  temperature: z.number().min(0).max(5), // 0: always the likeliest token
  topP: z.number().gt(0).max(1),
  maxTokens: z.int().min(1).max(32_768),
  seed: z.int().min(0),
})
export type ChatSampling = z.infer<typeof chatSampling>

/** What models say in a chat, by the column they stand in. They answer one after another: there is one engine. */
export const chatEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loading'), column: z.int() }),
  z.object({ kind: z.literal('writing'), column: z.int() }),
  /** `text` goes in place of all from character `at` on. */
  z.object({ kind: z.literal('piece'), column: z.int(), at: z.int(), text: z.string(), tokens: z.int() }),
  z.object({
    kind: z.literal('done'),
    column: z.int(),
    text: z.string(),
    tokens: z.int(),
    promptTokens: z.int(),
    seconds: z.number(),
    finishReason: z.enum(['stop', 'length']),
  }),
  z.object({ kind: z.literal('failed'), column: z.int(), error: errorValue }),
])
export type ChatEvent = z.infer<typeof chatEvent>

/** How an export goes; the last event is `done`. */
export const exportEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copying'), bytes: z.number(), total: z.number() }),
  z.object({ kind: z.literal('checking') }),
  z.object({
    kind: z.literal('done'),
    folder: z.string(),
    files: z.array(z.string()),
    /** The copy's log-probabilities of a fixed prompt beside the original's; null: the model reads no text, so nothing was compared. */
    check: z.object({ tokens: z.int(), largestDifference: z.number() }).nullable(),
    /** Whether the Modelfile carries the model's own chat template. */
    hasTemplate: z.boolean(),
    stops: z.array(z.string()),
  }),
])
export type ExportEvent = z.infer<typeof exportEvent>

const one = z.object({ id: z.string() })

export const modelsContract = {
  /** Every model where Laurel looks, damaged ones too: those of runs (newest run first), then those on disk. */
  library: procedure.output(z.array(libraryModel)),
  /** Load it and ask it something. Throws with what is wrong with it. */
  verify: procedure.input(one).output(verifiedModel),
  /** Where models are looked for: Laurel's own folder, Hugging Face's cache, and what a person has added. */
  places: procedure.output(z.object({ own: z.string(), cache: z.string(), added: z.array(z.string()) })),
  /** Gives how many models it holds. Throws NOT_FOUND or BAD_INPUT where there is none. */
  addPlace: procedure.input(z.object({ path: z.string() })).output(z.object({ models: z.int() })),
  /** Its files stay where they are. */
  forgetPlace: procedure.input(z.object({ path: z.string() })).output(z.void()),
  /** Let models answer, each its own conversation. Ending the stream stops them. */
  chat: procedure
    .input(
      z.object({
        columns: z
          .array(z.object({ id: z.string(), messages: z.array(message).min(1) }))
          .min(1)
          .max(8),
        sampling: chatSampling,
      }),
    )
    .output(eventIterator(chatEvent)),
  /** Write a model of a run to a new folder: complete or not at all. */
  export: procedure.input(z.object({ id: z.string(), folder: z.string() })).output(eventIterator(exportEvent)),
}
