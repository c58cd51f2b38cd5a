import { z } from 'zod'
import { finishReason } from '../engine-protocol.ts'
import { arenaVotes, decision } from '../enums.ts'
import { reasoning } from '../review-reasons.ts'
import { reading } from './procedure.ts'

/** Prompts and their answers, wherever they are stored: in iterations of runs, in evaluations, and in the arena. */

/** Where a prompt is: `prompt:12`, an answer of an evaluation `unit:44`, `sample:r-7f3kq:head-to-head:3`, `evaluation:7:3`, or `round:5`. */
export const promptAddress = z.string().max(200)

const run = z.object({ id: z.string(), name: z.string() }).nullable()

/** A judge's opinion of an answer. */
const opinion = z.object({ judge: z.string(), score: z.number().nullable(), text: z.string() })

export const promptAnswer = z.object({
  key: z.string(),
  source: z.enum(['candidate', 'answer', 'arena']),
  run,
  iteration: z.int().nullable(),
  /** Of an evaluation: 'head-to-head', or a check's name. */
  purpose: z.string().nullable(),
  model: z.string(),
  text: z.string(),
  tokens: z.int().nullable(),
  finishReason: finishReason.nullable(),
  reward: z.number().nullable(),
  opinions: z.array(opinion),
  /** In so many pairs of the judge it is the chosen or the rejected response. */
  chosen: z.int(),
  rejected: z.int(),
})
export type PromptAnswer = z.infer<typeof promptAnswer>

export const promptPage = z.object({
  text: z.string(),
  /** Iterations of runs whose model wrote it. `reason`: why it was rejected. */
  origins: z.array(z.object({ promptId: z.int(), run, iteration: z.int(), position: z.int().nullable(), reason: z.string().nullable() })),
  answers: z.array(promptAnswer),
  /** Comparisons of two models' answers by a judge. `swapped`: the first model's answer was shown as B. */
  verdicts: z.array(
    z.object({
      run,
      model: z.string(),
      against: z.string(),
      judge: z.string(),
      swapped: z.boolean(),
      verdict: z.enum(['A', 'B', 'tie']).nullable(),
      text: z.string(),
    }),
  ),
  /** Decisions by users on pairs of answers, and their votes in the arena. */
  decisions: z.array(
    reasoning.extend({ run, promptId: z.int(), iteration: z.int(), decision, reviewer: z.string(), blind: z.boolean(), at: z.string() }),
  ),
  votes: z.array(reasoning.extend({ roundId: z.int(), a: z.string(), b: z.string(), vote: z.enum(arenaVotes), at: z.string() })),
  /** There is more than is shown. */
  isCut: z.boolean(),
})
export type PromptPage = z.infer<typeof promptPage>

/** A text that contains what was searched for. */
export const foundText = z.object({
  kind: z.enum(['prompt', 'candidate', 'answer', 'arena']),
  address: promptAddress,
  run,
  iteration: z.int().nullable(),
  model: z.string(),
  prompt: z.string(), // its beginning
  response: z.string(), // the part around the first word found; empty: the prompt was found
})
export type FoundText = z.infer<typeof foundText>

const searchRequest = z.object({
  text: z.string().max(1000),
  runId: z.string().nullable().default(null),
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(200).default(50),
})
export type SearchRequest = z.infer<typeof searchRequest>

export const promptsContract = {
  show: reading.input(z.object({ at: promptAddress })).output(promptPage),
  /**
   * Texts that contain all words, the best first; "words in quotes" as written, and a word that ends in * as a beginning. `total` is at most
   * 10,000.
   */
  search: reading.input(searchRequest).output(z.object({ total: z.int(), rows: z.array(foundText) })),
}
