import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Decision, decision } from '../../shared/enums.ts'
import { ordered, type Reasoning, type ReviewReason, reasoning, reviewReason } from '../../shared/review-reasons.ts'
import { bulkQuery, command, flag, jsonColumn, query } from '../database/statement.ts'
import { versions } from './versions.ts'

const reviewRow = z.object({
  id: z.int(),
  pairId: z.int(),
  decision,
  chosenText: z.string().nullable(),
  rejectedText: z.string().nullable(),
  reversed: flag,
  note: z.string(),
  reasons: jsonColumn(reasoning.shape.reasons),
  comment: z.string(),
  reviewer: z.string(),
  seconds: z.number().nullable(),
  blind: flag,
  batchId: z.int().nullable(),
  /** The action that wrote it; null: written before actions were stored, and superseded since. */
  actId: z.int().nullable(),
  /** The row that an undo or a redo restored with this one. */
  restores: z.int().nullable(),
  at: z.string(),
})
export type ReviewRow = z.output<typeof reviewRow>

const voteRow = z.object({
  iteration: z.int(),
  decision: decision.exclude(['edit', 'undo']),
  blind: z.literal([0, 1]),
  chosenId: z.int(),
  rejectedId: z.int(),
  chosenLength: z.int(), // characters
  rejectedLength: z.int(),
})
/** A current decision on one of the judge's pairs, made individually. */
export type VoteRow = z.output<typeof voteRow>

const opinionRow = z.object({ pairId: z.int(), reviewer: z.string(), decision: voteRow.shape.decision, blind: z.literal([0, 1]) })
/** What a user thinks of one of the judge's pairs, whether or not another user has decided on it since. */
export type OpinionRow = z.output<typeof opinionRow>

const reasonRow = z.object({ reason: reviewReason, reviewer: z.string(), n: z.int() })

export interface NewReview extends Partial<Reasoning> {
  readonly pairId: number
  readonly decision: Decision
  readonly chosenText?: string | null
  readonly rejectedText?: string | null
  /** For an edit: the pair's rejected response is the better one. */
  readonly reversed?: boolean
  readonly note?: string
  readonly reviewer?: string
  readonly seconds?: number | null
  /** The user hadn't seen the judge's scores. */
  readonly blind?: boolean
  /** The bulk decision that it belongs to. */
  readonly batchId?: number | null
  readonly actId?: number | null
}

const columns = `v.id, v.pair_id AS pairId, v.decision, v.chosen_text AS chosenText, v.rejected_text AS rejectedText, v.reversed, v.note, v.reasons, v.comment, v.reviewer,
  v.seconds, v.blind, v.batch_id AS batchId, v.act_id AS actId, v.restores, v.at`

/** SQL: the row is its pair's newest one. Begins at the first review: users' reviews are far fewer than the prompts of a run. */
export const isNewest = (row: string): string =>
  `${row}.id > 0 AND ${row}.id = (SELECT max(id) FROM reviews WHERE pair_id = ${row}.pair_id)`

/** SQL: reviews of the judge's pairs, with their prompts, in this order of reading. */
const ofJudgesPairs = `reviews v CROSS JOIN pairs x ON x.id = v.pair_id AND x.made_by = 'judge' CROSS JOIN prompts p ON p.id = x.prompt_id`
const inPromptOrder = 'ORDER BY p.iteration, p.position, x.id, v.id'

/** SQL: a user undid the row's action, and didn't redo it since. A row that redoes it has an action of its own. */
const isUndone = (row: string): string =>
  `EXISTS (SELECT 1 FROM review_acts a JOIN review_acts u ON u.undoes = coalesce(a.redoes, a.id) AND u.id > a.id WHERE a.id = ${row}.act_id)`

/** SQL: the row is what its reviewer thinks of pair x, also if another user has decided on it since. */
const isOpinion = `v.decision <> 'undo' AND v.batch_id IS NULL
  AND v.id = (SELECT max(id) FROM reviews w WHERE w.pair_id = x.id AND w.reviewer = v.reviewer AND NOT ${isUndone('w')})`

/** Users' decisions on pairs. Append-only: a pair's newest row counts, and an undo is a row too. */
export function reviewsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO reviews (pair_id, decision, chosen_text, rejected_text, reversed, note, reasons, comment, reviewer, seconds, blind, batch_id, act_id, at)
     VALUES (@pairId, @decision, @chosenText, @rejectedText, @reversed, @note, @reasons, @comment, @reviewer, @seconds, @blind, @batchId, @actId, @at)`,
  )
  const newestOfIteration = query(
    db,
    reviewRow,
    `SELECT ${columns} FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND v.id = (SELECT max(id) FROM reviews WHERE pair_id = v.pair_id)`,
  )
  const ofIteration = query(
    db,
    reviewRow,
    `SELECT ${columns} FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration ORDER BY v.id`,
  )
  const ofPair = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.pair_id = @pairId ORDER BY v.id`)
  const votes = bulkQuery(
    db,
    voteRow,
    `SELECT p.iteration, v.decision, v.blind, x.chosen_id AS chosenId, x.rejected_id AS rejectedId, length(w.text) AS chosenLength, length(l.text) AS rejectedLength
     FROM ${ofJudgesPairs} JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
     WHERE p.run_id = @runId AND ${isNewest('v')} AND v.decision NOT IN ('undo', 'edit') AND v.batch_id IS NULL ${inPromptOrder}`,
  )
  const opinions = bulkQuery(
    db,
    opinionRow,
    `SELECT x.id AS pairId, v.reviewer, v.decision, v.blind
     FROM ${ofJudgesPairs} WHERE v.id > 0 AND p.run_id = @runId AND v.decision <> 'edit' AND ${isOpinion} ${inPromptOrder}`,
  )
  const reasons = bulkQuery(
    db,
    reasonRow,
    `SELECT r.value AS reason, v.reviewer, count(*) AS n
     FROM reviews v CROSS JOIN pairs x ON x.id = v.pair_id CROSS JOIN prompts p ON p.id = x.prompt_id JOIN json_each(v.reasons) r
     WHERE v.id > 0 AND p.run_id = @runId AND ${isOpinion} GROUP BY r.value, v.reviewer`,
  )
  const one = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.id = @id`)
  const insertMany = command(
    db,
    `INSERT INTO reviews (pair_id, decision, reviewer, batch_id, act_id, at)
     SELECT value ->> 0, value ->> 1, @reviewer, @batchId, @actId, @at FROM json_each(@decisions)`,
  )
  const ofAct = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.act_id = @actId ORDER BY v.id LIMIT 1`)
  return {
    add(review: NewReview): void {
      const { chosenText = null, rejectedText = null, reversed = false, note = '', reviewer = '', seconds = null } = review
      const { pairId, decision, blind = false, batchId = null, actId = null, comment = '' } = review
      const at = new Date().toISOString()
      insert({
        ...{ pairId, decision, chosenText, rejectedText, note, comment, reviewer, seconds, batchId, actId, at },
        reasons: JSON.stringify(ordered(review.reasons ?? [])),
        reversed: +reversed,
        blind: +blind,
      })
    },
    /** The current decision on each reviewed pair of the iteration, without undone ones. */
    newest(runId: string, iteration: number): Map<number, ReviewRow> {
      const rows = newestOfIteration.all({ runId, iteration }).filter((review) => review.decision !== 'undo')
      return new Map(rows.map((review) => [review.pairId, review]))
    },
    /** All decisions on pairs of the iteration, oldest first. */
    ofIteration: (runId: string, iteration: number): ReviewRow[] => ofIteration.all({ runId, iteration }),
    /** All decisions on a pair, oldest first. */
    history: (pairId: number): ReviewRow[] => ofPair.all({ pairId }),
    /** Decisions of the run that express an opinion on a judge's pair: no edits, which compare other texts, and no bulk decisions. */
    votes: (runId: string): VoteRow[] => votes({ runId }),
    /** Every user's newest opinion of each pair. */
    opinions: (runId: string): OpinionRow[] => opinions({ runId }),
    /** How many pairs each user decided on for each reason. */
    reasons: (runId: string): { reason: ReviewReason; reviewer: string; n: number }[] => reasons({ runId }),
    find: (id: number): ReviewRow | undefined => one.get({ id }),
    /** Adds decisions on many pairs in one statement. */
    addMany: (
      batch: { actId: number; batchId: number; reviewer: string },
      decided: readonly (readonly [pairId: number, Decision])[],
    ): void => void insertMany({ ...batch, decisions: JSON.stringify(decided), at: new Date().toISOString() }),
    /** The first row that an action wrote. */
    ofAct: (actId: number): ReviewRow | undefined => ofAct.get({ actId }),
    versions: versions(db, {
      table: 'reviews',
      subject: 'pair_id',
      isNothing: (row) => `${row}.decision = 'undo'`,
      columns: {
        ...{ decision: "'undo'", chosen_text: 'NULL', rejected_text: 'NULL', reversed: '0', note: "''", reviewer: '@reviewer' },
        ...{ reasons: "'[]'", comment: "''", blind: '0', batch_id: 'NULL' },
      },
      batch: 'batch_id',
    }),
  }
}
