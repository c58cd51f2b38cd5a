import { z } from 'zod'
import { finishReason, message } from '../engine-protocol.ts'
import { chatSampling } from './models-contract.ts'
import { procedure, reading } from './procedure.ts'
import { engineUse } from './runs-contract.ts'

/** A model's reply, as far as it got. */
const chatAnswer = z.object({
  role: z.literal('assistant'),
  content: z.string(),
  state: z.enum(['done', 'stopped', 'failed']),
  seed: z.int(),
  tokens: z.int(),
  seconds: z.number().nullable(), // null: not done
  finishReason: finishReason.nullable(),
  /** The answer of another model that the user preferred to this one: the conversation continues from that. */
  continuesWith: z.string().nullable(),
  /** The stored pair in which this answer was preferred. */
  preference: z.string().nullable(),
})
const chatTurn = z.discriminatedUnion('role', [z.object({ role: z.literal('user'), content: z.string() }), chatAnswer])
export type ChatTurn = z.infer<typeof chatTurn>

/** A conversation with one model or several, which all get the same messages. */
export const chatContent = z.object({
  /** Precedes the conversation; '': none. */
  system: z.string().max(100_000),
  sampling: chatSampling,
  columns: z
    .array(z.object({ id: z.string(), name: z.string(), label: z.string(), hasChatTemplate: z.boolean(), turns: z.array(chatTurn) }))
    .max(8),
})
export type ChatContent = z.infer<typeof chatContent>

export const chatListing = z.object({
  id: z.int(),
  /** The user's name for it; '': none. */
  name: z.string(),
  title: z.string(),
  models: z.array(z.string()),
  changedAt: z.string(),
  /** What it asked of engines besides this machine, with answers that were generated again. */
  engineUsage: z.array(engineUse),
})
export type ChatListing = z.infer<typeof chatListing>

/** The data set of the answers that the user preferred in chats, in the data library. */
export const chatPreferencesId = 'preferences-from-chats'

/** Two answers to the same conversation, of which the user preferred one. */
export const preferredAnswer = z.object({
  prompt: z.array(message).min(1),
  chosen: z.string().min(1),
  rejected: z.string().min(1),
  chosenModel: z.string(),
  rejectedModel: z.string(),
})
export type PreferredAnswer = z.infer<typeof preferredAnswer>

const one = z.object({ id: z.int() })

export const chatsContract = {
  /** The last one changed first. */
  list: reading.output(z.array(chatListing)),
  show: reading.input(one).output(chatListing.extend({ content: chatContent })),
  /** Stores a chat as it is now; null: a new one. */
  save: procedure.input(z.object({ id: z.int().nullable(), content: chatContent })).output(one),
  rename: procedure.input(one.extend({ name: z.string().trim().max(120) })).output(z.void()),
  /** After some seconds in which it can be undone. Preferences stay. */
  remove: procedure.input(one).output(z.void()),
  /** False: it was removed meanwhile. */
  undoRemove: procedure.input(one).output(z.boolean()),
  /** Adds the pair to the data set of preferences from chats, and returns its ID. Throws BAD_INPUT if the answers are the same. */
  prefer: procedure.input(preferredAnswer).output(z.object({ id: z.string() })),
  /** Removes a pair from the data set. */
  withdraw: procedure.input(z.object({ id: z.string() })).output(z.void()),
}
