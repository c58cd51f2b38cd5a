import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { bulkQuery, command, flag, query } from './statement.ts'
import { type Decision, decisions } from './words.ts'

const reviewRow = z.object({
  id: z.int(),
  pairId: z.int(),
  decision: z.enum(decisions),
  chosenText: z.string().nullable(),
  rejectedText: z.string().nullable(),
  reversed: flag,
  note: z.string(),
  reviewer: z.string(),
  seconds: z.number().nullable(),
  blind: flag,
  batchId: z.int().nullable(),
  at: z.string(),
})
export type ReviewRow = z.output<typeof reviewRow>

const voteRow = z.object({
  iteration: z.int(),
  decision: z.enum(['agree', 'swap', 'tie', 'both-bad']),
  blind: z.literal([0, 1]),
  chosenId: z.int(),
  rejectedId: z.int(),
  chosenLength: z.int(), // characters
  rejectedLength: z.int(),
})
/** A standing decision on one of the judge's pairs, made by looking at it. */
export type VoteRow = z.output<typeof voteRow>

export interface NewReview {
  readonly pairId: number
  readonly decision: Decision
  readonly chosenText?: string | null
  readonly rejectedText?: string | null
  /** Of an edit: the pair's rejected response is the better one. */
  readonly reversed?: boolean
  readonly note?: string
  readonly reviewer?: string
  readonly seconds?: number | null
  /** The person did not see what the judge had said. */
  readonly blind?: boolean
  /** One of many pairs that were decided about at once. */
  readonly batchId?: number | null
}

const columns = `v.id, v.pair_id AS pairId, v.decision, v.chosen_text AS chosenText, v.rejected_text AS rejectedText, v.reversed, v.note, v.reviewer,
  v.seconds, v.blind, v.batch_id AS batchId, v.at`

/** A person's decisions on pairs. Append-only: the newest row of a pair counts, an undo is a row too. */
export function reviewsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO reviews (pair_id, decision, chosen_text, rejected_text, reversed, note, reviewer, seconds, blind, batch_id, at)
     VALUES (@pairId, @decision, @chosenText, @rejectedText, @reversed, @note, @reviewer, @seconds, @blind, @batchId, @at)`,
  )
  const newestOfIteration = query(
    db,
    reviewRow,
    `SELECT ${columns} FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND v.id = (SELECT max(id) FROM reviews WHERE pair_id = v.pair_id)`,
  )
  const ofPair = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.pair_id = @pairId ORDER BY v.id`)
  const votes = bulkQuery(
    db,
    voteRow,
    `SELECT p.iteration, v.decision, v.blind, x.chosen_id AS chosenId, x.rejected_id AS rejectedId, length(w.text) AS chosenLength, length(l.text) AS rejectedLength
     FROM prompts p JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge' JOIN reviews v ON v.id = (SELECT max(id) FROM reviews WHERE pair_id = x.id)
       JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
     WHERE p.run_id = @runId AND v.decision NOT IN ('undo', 'edit') AND v.batch_id IS NULL`,
  )
  const one = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.id = @id`)
  const ofBatch = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.batch_id = @batchId ORDER BY v.id`)
  return {
    add(review: NewReview): void {
      const { chosenText = null, rejectedText = null, reversed = false, note = '', reviewer = '', seconds = null } = review
      const { pairId, decision, blind = false, batchId = null } = review
      const at = new Date().toISOString()
      insert({
        ...{ pairId, decision, chosenText, rejectedText, note, reviewer, seconds, batchId, at },
        reversed: +reversed,
        blind: +blind,
      })
    },
    /** The decision that counts for each reviewed pair of the iteration. An undone one is left out. */
    newest(runId: string, iteration: number): Map<number, ReviewRow> {
      const rows = newestOfIteration.all({ runId, iteration }).filter((review) => review.decision !== 'undo')
      return new Map(rows.map((review) => [review.pairId, review]))
    },
    /** All decisions on a pair, oldest first. */
    history: (pairId: number): ReviewRow[] => ofPair.all({ pairId }),
    /** Decisions of the run that say what a person thinks of a judge's pair: no edits, which compare something else, and none of a batch. */
    votes: (runId: string): VoteRow[] => votes({ runId }),
    find: (id: number): ReviewRow | undefined => one.get({ id }),
    ofBatch: (batchId: number): ReviewRow[] => ofBatch.all({ batchId }),
  }
}
