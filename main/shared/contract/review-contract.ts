import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { finishReason } from '../engine-protocol.ts'
import { actKinds, decision, pairReason } from '../enums.ts'
import { judgedPart, partsByHand } from '../judged-parts.ts'
import { reasoning, reviewReason } from '../review-reasons.ts'
import { rewardRange } from '../reward-range.ts'
import { procedure, reading } from './procedure.ts'
import { agreement } from './review-agreement.ts'
import { shownStatus } from './runs-contract.ts'

/** A review action that can be undone and redone. */
export const reviewAct = z.object({
  id: z.int(),
  kind: z.enum(actKinds),
  promptId: z.int().nullable(), // null: a batch
  place: z.int(), // of the pair among the prompt's, if it is about one
  position: z.int().nullable(), // of the prompt in its iteration
  decision: decision.nullable(), // null: a score or a note
  explains: z.boolean(), // only the reasons of the decision are new
  subjects: z.int(), // pairs, scores or notes
})
export type ReviewAct = z.infer<typeof reviewAct>

/** The action that was undone or redone. `kept`: pairs that have been reviewed again since, which stay as they are. */
export const undoStep = z.object({ act: reviewAct, kept: z.int() })
export type UndoStep = z.infer<typeof undoStep>

/** Human review: prompts and the pairs built from their rewards, one by one or in bulk. */

/**
 * `unreviewed`: no decision yet; `reviewed`: decided or rescored; `overridden`: trains differently from the judge's choice; `noted`: has a
 * note; `without-pair`: the rewards make no pair (ties, or nothing readable), but a rescore can.
 */
export const queueStatus = z.enum(['all', 'unreviewed', 'reviewed', 'overridden', 'noted', 'without-pair'])
export type QueueStatus = z.infer<typeof queueStatus>

/** `doubt`: most doubtful first (see `doubtOf`); `margin`: smallest reward margin first; `newest`: latest decision first. */
export const queueSort = z.enum(['doubt', 'margin', 'position', 'newest', 'random', 'stratified'])
export type QueueSort = z.infer<typeof queueSort>

const score = z.number().nullable() // in the judge's range

export const queueFilter = z.object({
  iteration: z.int().nullable().default(null),
  status: queueStatus.default('all'),
  /** One of the pair's two rewards is in this range, bounds included. */
  minScore: score.default(null),
  maxScore: score.default(null),
  minMargin: score.default(null),
  maxMargin: score.default(null),
  /** Text to find in the prompt or in one of the two responses. */
  search: z.string().max(500).default(''),
  sort: queueSort.default('doubt'),
})
export type QueueFilter = z.infer<typeof queueFilter>

/** A queue lists so many entries, those that come first in its order: more than a user reviews before the next look at it. */
export const mostListed = 20_000

/** A pair in the queue, or a prompt without one. */
export const queueEntry = z.object({
  promptId: z.int(),
  place: z.int(), // among the prompt's pairs; both together identify the entry
  iteration: z.int(),
  position: z.int(),
  preview: z.string(),
  pairId: z.int().nullable(),
  /** After a rescore, the pair's rejected response has the larger reward. */
  reversed: z.boolean(),
  margin: z.number().nullable(),
  /** Probability that the other response is the better one. */
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
  score: z.number().nullable(), // null: unreadable
  /** The requirements that it consists of; null: none. */
  parts: z.array(judgedPart).nullable(),
})

export const reviewCandidate = z.object({
  id: z.int(),
  sample: z.int(),
  model: z.string(), // that wrote it
  text: z.string(),
  tokens: z.int(),
  finishReason,
  judgements: z.array(reviewJudgement),
  judgeReward: z.number().nullable(),
  /** Set by a user; it replaces the judge's. */
  reward: z.number().nullable(),
  /** The decisions on the judgement's parts that this reward follows from; null: it was set as a whole. */
  parts: partsByHand.nullable(),
})
export type ReviewCandidate = z.infer<typeof reviewCandidate>

const act = z.object({ id: z.int(), reviewer: z.string(), at: z.string() })

export const reviewDecision = act.extend({
  ...reasoning.shape,
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
export const because = z.enum([...pairReason.options, 'none'])

/** Everything about one prompt and one of its pairs. */
export const reviewItem = z.object({
  runId: z.string(),
  promptId: z.int(),
  place: z.int(),
  iteration: z.int(),
  position: z.int(),
  prompt: z.string(),
  /** The model that generated and judged the responses, and the model that trains on them. */
  model: z.string(),
  trains: z.string(),
  /** Training of that model has started: new reviews are stored, but don't affect it. */
  trained: z.boolean(),
  rewardRange,
  candidates: z.array(reviewCandidate), // by sample number
  /**
   * The pair at this place under the current rewards. `chosen` and `rejected` never swap; `reversed`: the rejected one now has the larger
   * reward.
   */
  pair: sides.extend({ id: z.int(), reversed: z.boolean(), doubt: z.number().nullable() }).nullable(),
  /** Decisions on this pair, oldest first. */
  decisions: z.array(reviewDecision),
  /** Decisions on pairs that the prompt had under other scores; they don't count now. */
  earlier: z.array(sides.extend({ decisions: z.array(reviewDecision) })),
  rescores: z.array(act.extend({ candidateId: z.int(), reward: z.number().nullable() })),
  notes: z.array(act.extend({ text: z.string() })),
  /** What it trains as now. Null: excluded. */
  trainsAs: z.object({ chosen: z.string(), rejected: z.string() }).nullable(),
  because,
  /** Its entry in the queue, and those of the prompt's other pairs. */
  entry: queueEntry,
  siblings: z.array(queueEntry),
})
export type ReviewItem = z.infer<typeof reviewItem>

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
  /** The iteration whose review the run is waiting for. */
  waitsFor: z.int().nullable(),
  rewardRange,
  iterations: z.array(reviewIteration),
  /** Training leaves out the pairs that no user has decided. */
  onlyDecided: z.boolean(),
  agreement,
  /** Who decided how many pairs, one by one; empty name: a user without a name. */
  reviewers: z.array(z.object({ name: z.string(), decided: z.int(), blind: z.int() })),
  /** How far every two of them agree on the pairs that both have decided. */
  between: z.array(z.object({ a: z.string(), b: z.string(), n: z.int(), share: z.number(), kappa: z.number().nullable() })),
  /** How many pairs were decided for each reason, and by whom; the most frequent first. */
  reasons: z.array(z.object({ reason: reviewReason, n: z.int(), by: z.array(z.object({ name: z.string(), n: z.int() })) })),
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

const bulkDecision = decision.exclude(['edit'])
const bulk = z.object({
  runId: z.string(),
  filter: queueFilter,
  /** `agree` and `swap` are relative to the current rewards, including those set by users. */
  decision: bulkDecision,
  /** Replace users' earlier decisions; otherwise those pairs are skipped. */
  overwrite: z.boolean(),
})
export type BulkDecision = z.infer<typeof bulkDecision>

export const bulkPreview = z.object({
  /** Identifies the previewed pairs and their current decisions. `apply` requires it. */
  hash: z.string(),
  /** Pairs that would get the decision. */
  count: z.int(),
  /** Pairs of the queue that are skipped: they already have this decision, or one that isn't to be replaced. */
  left: z.int(),
  /** Included in count: pairs whose earlier decision by a user is replaced. */
  overwrites: z.int(),
  /** Included in count: pairs whose training has started. */
  trained: z.int(),
  sample: z.array(queueEntry),
})
export type BulkPreview = z.infer<typeof bulkPreview>

/** `parts`: decisions on the judgement's parts, from which the reward follows; `reward` is then ignored. */
const rewardByHand = z.object({ candidateId: z.int(), reward: score, parts: partsByHand.nullable().default(null) })

const ofRun = z.object({ runId: z.string() })

/** A pair's place in Review: its prompt, and its place among the prompt's pairs. */
const spot = z.object({ promptId: z.int(), place: z.int().min(0).default(0) })

export const reviewContract = {
  /** Runs with something to review, those that wait for it first. */
  runs: reading.output(z.array(reviewableRun)),
  overview: reading.input(ofRun).output(reviewOverview),
  queue: reading.input(z.object({ runId: z.string(), filter: queueFilter })).output(eventIterator(z.array(queueEntry))), // in pieces
  /** A place without a pair (the scores make fewer now) gives the prompt without one. */
  item: reading.input(spot).output(reviewItem),
  /** Decides on one of a prompt's current pairs. Texts omitted from an edit stay unchanged. */
  decide: procedure
    .input(
      z.object({
        pairId: z.int(),
        decision,
        chosenText: z.string().max(1_000_000).nullable().default(null),
        rejectedText: z.string().max(1_000_000).nullable().default(null),
        /** For an edit: the pair's rejected response is the better one. */
        reversed: z.boolean().default(false),
        seconds: z.number().min(0).nullable().default(null),
        blind: z.boolean().default(false),
        reasons: reasoning.shape.reasons.default([]),
        comment: reasoning.shape.comment.default(''),
      }),
    )
    .output(reviewItem),
  /** Stores why a pair's current decision was made, as a new version of it. Throws BUSY if it is another decision than `of` now. */
  explain: procedure.input(reasoning.extend({ pairId: z.int(), of: decision })).output(reviewItem),
  /** Sets a candidate's reward; null restores the judge's. Rebuilds the prompt's pairs by the recipe's rule. */
  rescore: procedure.input(z.object({ candidateId: z.int(), reward: score })).output(reviewItem),
  /** Sets several candidates' rewards as one action. */
  scores: procedure.input(spot.extend({ rewards: z.array(rewardByHand).min(1) })).output(reviewItem),
  /** Stores a note on a prompt; an empty one removes it. */
  note: procedure.input(spot.extend({ text: z.string().max(20_000) })).output(reviewItem),
  /** What undo and redo would do now; null: nothing. */
  acts: reading.input(ofRun).output(z.object({ undo: reviewAct.nullable(), redo: reviewAct.nullable() })),
  /** Undoes this reviewer's last action in the run. */
  undoLast: procedure.input(ofRun).output(undoStep),
  /** Redoes the last undone action, unless there is a newer one. */
  redoLast: procedure.input(ofRun).output(undoStep),
  /** Undoes the action that wrote one row and restores the state before it. Throws BUSY if the same item has changed since. */
  undo: procedure.input(spot.extend({ kind: z.enum(actKinds).exclude(['batch']), id: z.int() })).output(reviewItem),
  bulk: {
    preview: reading.input(bulk).output(bulkPreview),
    /** Decides on the previewed pairs. Throws BUSY if they or their decisions have changed since. */
    apply: procedure.input(bulk.extend({ hash: z.string() })).output(reviewBatch),
    /** Undoes a batch, except for pairs that have been reviewed again since; returns both counts. */
    undo: procedure.input(z.object({ batchId: z.int() })).output(z.object({ undone: z.int(), kept: z.int() })),
  },
  /** What reviewers of this data folder go by, in Markdown; '': none are written. */
  guidelines: reading.output(z.object({ text: z.string() })),
  setGuidelines: procedure.input(z.object({ text: z.string().max(100_000) })).output(z.void()),
  /** Prompts whose review changes, by any user, as it happens. */
  changes: reading.input(ofRun).output(eventIterator(z.object({ promptIds: z.array(z.int()) }))),
}
