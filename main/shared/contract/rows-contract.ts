import { z } from 'zod'
import { finishReason } from '../engine-protocol.ts'
import { exampleKind } from '../enums.ts'
import { runEvent } from '../run-events.ts'
import { candidateShown, exampleShown, judgementShown, judgePairShown, pairShown, promptShown, rewardPairShown } from '../shown-rows.ts'
import { reading } from './procedure.ts'

/** What a run generated, row by row and in pages: the texts behind every number. */

const page = { offset: z.int().min(0).default(0), limit: z.int().min(1).max(200).default(100) }
const ofIteration = z.object({ runId: z.string(), iteration: z.int().min(0), ...page })
const paged = <Row extends z.ZodType>(row: Row) => z.object({ total: z.int(), rows: z.array(row) })

/** One held-out prompt and each model's answer. */
export const sample = z.object({
  position: z.int(),
  instruction: z.string(),
  answers: z.array(z.object({ model: z.string(), text: z.string(), tokens: z.int(), finishReason, score: z.number().nullable() })),
})
export type Sample = z.infer<typeof sample>

/** A set of held-out prompts that models answered: for comparisons between models, or for a check provided by the caller. */
export const sampleSet = z.object({ purpose: z.string(), prompts: z.int(), models: z.array(z.string()) })
export type SampleSet = z.infer<typeof sampleSet>

export const loggedEvent = z.object({ id: z.int(), at: z.string(), event: runEvent })
export type LoggedEvent = z.infer<typeof loggedEvent>

/** Input of each call. */
const rowsInput = {
  prompts: ofIteration.extend({ show: z.enum(['all', 'accepted', 'rejected']).default('all') }),
  candidates: ofIteration,
  judgements: ofIteration.extend({ onlyUnreadable: z.boolean().default(false) }),
  pairs: ofIteration,
  judgePairs: ofIteration,
  rewardPairs: z.object({ runId: z.string(), kind: z.enum(['ranked', 'made']), ...page }),
  examples: z.object({ runId: z.string(), kind: exampleKind, ...page }),
  sampleSets: z.object({ runId: z.string() }),
  samples: z.object({ runId: z.string(), purpose: z.string(), ...page }),
  /** The newest events before id `before` (null: the newest of all), oldest first. */
  log: z.object({ runId: z.string(), before: z.int().nullable().default(null), limit: z.int().min(1).max(1000).default(300) }),
}
export type RowsInput = { readonly [Name in keyof typeof rowsInput]: z.infer<(typeof rowsInput)[Name]> }

export const rowsContract = {
  prompts: reading.input(rowsInput.prompts).output(paged(promptShown)),
  candidates: reading.input(rowsInput.candidates).output(paged(candidateShown)),
  judgements: reading.input(rowsInput.judgements).output(paged(judgementShown)),
  pairs: reading.input(rowsInput.pairs).output(paged(pairShown)),
  judgePairs: reading.input(rowsInput.judgePairs).output(paged(judgePairShown)),
  /** Pairs of answers that train M1 as a judge: human-ranked ones, or an answer and a spoiled copy. */
  rewardPairs: reading.input(rowsInput.rewardPairs).output(paged(rewardPairShown)),
  examples: reading.input(rowsInput.examples).output(paged(exampleShown)),
  sampleSets: reading.input(rowsInput.sampleSets).output(z.array(sampleSet)),
  samples: reading.input(rowsInput.samples).output(paged(sample)),
  log: reading.input(rowsInput.log).output(z.object({ events: z.array(loggedEvent), hasMore: z.boolean() })),
}
