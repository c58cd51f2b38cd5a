import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { decisions } from '../../store/words.ts'
import { procedure } from './procedure.ts'
import { reviewAct, undoStep } from './review-acts.ts'
import { shownStatus } from './runs.ts'

/** What people review: prompts with the pair their rewards make, one by one or many at once. */

export const decision = z.enum(decisions)

/**
 * `unreviewed`: a pair nobody decided about; `reviewed`: decided about or rescored; `overridden`: it trains otherwise than the judge would have it;
 * `noted`; `without-pair`: prompts whose rewards make no pair (ties, or nothing readable): a score by hand can make one.
 */
export const queueStatus = z.enum(['all', 'unreviewed', 'reviewed', 'overridden', 'noted', 'without-pair'])
export type QueueStatus = z.infer<typeof queueStatus>

/** `doubt`: most doubtful first (see `doubtOf`); `margin`: closest rewards first; `newest`: last decided first. */
export const queueSort = z.enum(['doubt', 'margin', 'position', 'newest'])
export type QueueSort = z.infer<typeof queueSort>

const score = z.number().min(0).max(5).nullable()

export const queueFilter = z.object({
  iteration: z.int().nullable().default(null),
  status: queueStatus.default('all'),
  /** One of the pair's two rewards lies in this range, ends included. */
  minScore: score.default(null),
  maxScore: score.default(null),
  minMargin: score.default(null),
  maxMargin: score.default(null),
  /** A text that the prompt or one of the two responses holds. */
  search: z.string().max(500).default(''),
  sort: queueSort.default('doubt'),
})
export type QueueFilter = z.infer<typeof queueFilter>

/** One prompt in the queue, light enough to send ten thousand of. */
export const queueEntry = z.object({
  promptId: z.int(),
  iteration: z.int(),
  position: z.int(),
  preview: z.string(),
  pairId: z.int().nullable(),
  /** The pair's rejected response has the larger reward, since a person rescored. */
  reversed: z.boolean(),
  margin: z.number().nullable(),
  /** The chance that the other response is the better one. */
  doubt: z.number().nullable(),
  decision: decision.nullable(),
  rescored: z.boolean(),
  overridden: z.boolean(),
  noted: z.boolean(),
})
export type QueueEntry = z.infer<typeof queueEntry>

const reviewJudgement = z.object({
  judge: z.string(),
  sample: z.int(),
  text: z.string(),
  score: z.number().nullable(), // null: could not be read
})

export const reviewCandidate = z.object({
  id: z.int(),
  sample: z.int(),
  text: z.string(),
  tokens: z.int(),
  finishReason: z.enum(['stop', 'length']),
  judgements: z.array(reviewJudgement),
  judgeReward: z.number().nullable(),
  /** Set by a person; it takes the judge's place. */
  reward: z.number().nullable(),
})
export type ReviewCandidate = z.infer<typeof reviewCandidate>

const act = z.object({ id: z.int(), reviewer: z.string(), at: z.string() })

export const reviewDecision = act.extend({
  decision,
  chosenText: z.string().nullable(),
  rejectedText: z.string().nullable(),
  reversed: z.boolean(),
  seconds: z.number().nullable(),
  blind: z.boolean(),
  batchId: z.int().nullable(),
})
export type ReviewDecision = z.infer<typeof reviewDecision>

const sides = z.object({ chosenId: z.int(), rejectedId: z.int() })

/** Why a pair trains as it does. `none`: the rewards make no pair. */
export const because = z.enum(['judge', 'rescore', 'agree', 'swap', 'edit', 'tie', 'both-bad', 'none'])

/** Everything about one prompt. */
export const reviewItem = z.object({
  runId: z.string(),
  promptId: z.int(),
  iteration: z.int(),
  position: z.int(),
  prompt: z.string(),
  /** Who wrote and judged the responses, and which model is trained on them. */
  model: z.string(),
  trains: z.string(),
  /** That model's training has begun: what is decided now is kept, but does not reach it. */
  trained: z.boolean(),
  candidates: z.array(reviewCandidate), // by sample
  /** The pair as the rewards stand. Its chosen and rejected never change their places; `reversed`: the rejected one has the larger reward now. */
  pair: sides.extend({ id: z.int(), reversed: z.boolean(), doubt: z.number().nullable() }).nullable(),
  /** The pair that the judge's rewards alone make. */
  judged: sides.nullable(),
  /** Decisions on this pair, oldest first. */
  decisions: z.array(reviewDecision),
  /** Decisions on other pairs that the prompt had while other scores stood: they do not count now. */
  earlier: z.array(sides.extend({ decisions: z.array(reviewDecision) })),
  rescores: z.array(act.extend({ candidateId: z.int(), reward: z.number().nullable() })),
  notes: z.array(act.extend({ text: z.string() })),
  /** What it trains as now. Null: it is left out. */
  trainsAs: z.object({ chosen: z.string(), rejected: z.string() }).nullable(),
  because,
  /** The same in the queue. */
  entry: queueEntry,
})
export type ReviewItem = z.infer<typeof reviewItem>

/** How far the judge agrees with the person, over votes on single pairs. Ties, edits, rescores and decisions on many pairs at once are left out. */
export const agreement = z.object({
  n: z.int(),
  ties: z.int(),
  blind: z.int(), // of the n
  accuracy: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }), // 95%
  kappa: z.number().nullable(),
  /** The same for a judge that takes the longer response. */
  lengthAccuracy: z.number().nullable(),
  lengthKappa: z.number().nullable(),
})
export type Agreement = z.infer<typeof agreement>

export const reviewIteration = z.object({
  iteration: z.int(),
  model: z.string(),
  trains: z.string(),
  trained: z.boolean(),
  pairs: z.int(),
  reviewed: z.int(),
  overridden: z.int(),
  withoutPair: z.int(),
  agreement,
})
export type ReviewIteration = z.infer<typeof reviewIteration>

export const reviewBatch = z.object({ id: z.int(), decision, pairs: z.int(), undone: z.boolean(), at: z.string() })
export type ReviewBatch = z.infer<typeof reviewBatch>

export const reviewOverview = z.object({
  runId: z.string(),
  name: z.string(),
  status: shownStatus,
  /** The iteration whose pairs the run waits for. */
  waitsFor: z.int().nullable(),
  iterations: z.array(reviewIteration),
  agreement,
  batches: z.array(reviewBatch), // newest first
})
export type ReviewOverview = z.infer<typeof reviewOverview>

export const reviewableRun = z.object({
  id: z.string(),
  name: z.string(),
  status: shownStatus,
  createdAt: z.string(), // ISO 8601, UTC
  pairs: z.int(),
  reviewed: z.int(),
})
export type ReviewableRun = z.infer<typeof reviewableRun>

const bulkDecision = z.enum(['agree', 'swap', 'tie', 'both-bad', 'undo'])
const bulk = z.object({
  runId: z.string(),
  filter: queueFilter,
  /** `agree` and `swap` are relative to the rewards as they stand, a person's among them. */
  decision: bulkDecision,
  /** Replace decisions that a person has made; else those pairs are left alone. */
  overwrite: z.boolean(),
})
export type BulkDecision = z.infer<typeof bulkDecision>

export const bulkPreview = z.object({
  /** Names the very pairs that would be decided about, and what stands on them. Only with it the decision can be made. */
  hash: z.string(),
  /** Pairs that would be decided about. */
  count: z.int(),
  /** Pairs of the queue that are left as they are: decided so already, or by a decision that is not to be replaced. */
  left: z.int(),
  /** Of the count, those whose decision by a person is replaced. */
  overwrites: z.int(),
  /** Of the count, those whose training has begun. */
  trained: z.int(),
  sample: z.array(queueEntry),
})
export type BulkPreview = z.infer<typeof bulkPreview>

const ofRun = z.object({ runId: z.string() })

export const reviewContract = {
  /** Runs that have something to review, those that wait for it first. */
  runs: procedure.output(z.array(reviewableRun)),
  overview: procedure.input(ofRun).output(reviewOverview),
  queue: procedure.input(z.object({ runId: z.string(), filter: queueFilter })).output(eventIterator(z.array(queueEntry))), // in pieces
  item: procedure.input(z.object({ promptId: z.int() })).output(reviewItem),
  /** Decide about the pair that a prompt has. Texts (of an edit) that are left out stay as they are. */
  decide: procedure
    .input(
      z.object({
        pairId: z.int(),
        decision,
        chosenText: z.string().max(1_000_000).nullable().default(null),
        rejectedText: z.string().max(1_000_000).nullable().default(null),
        /** Of an edit: the pair's rejected response is the better one. */
        reversed: z.boolean().default(false),
        seconds: z.number().min(0).nullable().default(null),
        blind: z.boolean().default(false),
      }),
    )
    .output(reviewItem),
  /** Set a candidate's reward; null leaves it to the judge again. The prompt's pair is made again by the recipe's rule. */
  rescore: procedure.input(z.object({ candidateId: z.int(), reward: score })).output(reviewItem),
  /** The same for several candidates of one prompt, undone as one. */
  scores: procedure
    .input(z.object({ promptId: z.int(), rewards: z.array(z.object({ candidateId: z.int(), reward: score })).min(1) }))
    .output(reviewItem),
  /** Keep a note on a prompt; an empty one takes it away. */
  note: procedure.input(z.object({ promptId: z.int(), text: z.string().max(20_000) })).output(reviewItem),
  /** What undo and redo would do now; null: nothing. */
  acts: procedure.input(ofRun).output(z.object({ undo: reviewAct.nullable(), redo: reviewAct.nullable() })),
  /** Undo the last act of this reviewer in the run that still stands. */
  undoLast: procedure.input(ofRun).output(undoStep),
  /** Redo the act that was undone last, where nothing new was done since. */
  redoLast: procedure.input(ofRun).output(undoStep),
  /** Undo what wrote one row: what stood before it stands again. Refused where something was done about the same thing since. */
  undo: procedure.input(z.object({ kind: z.enum(['decision', 'rescore', 'note']), id: z.int(), promptId: z.int() })).output(reviewItem),
  bulk: {
    preview: procedure.input(bulk).output(bulkPreview),
    /** Decides about the very pairs that were previewed; refused where they or what stands on them changed since. */
    apply: procedure.input(bulk.extend({ hash: z.string() })).output(reviewBatch),
    /** Undoes a batch, except where a pair was decided about again since; says about how many. */
    undo: procedure.input(z.object({ batchId: z.int() })).output(z.object({ undone: z.int(), kept: z.int() })),
  },
  /** Prompts about which something was done, by any user, as it happens. */
  changes: procedure.input(ofRun).output(eventIterator(z.object({ promptIds: z.array(z.int()) }))),
}
