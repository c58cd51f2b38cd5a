import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from './statement.ts'
import { type Decision, decisions } from './words.ts'

const reviewRow = z.object({
  id: z.int(),
  pairId: z.int(),
  decision: z.enum(decisions),
  chosenText: z.string().nullable(),
  rejectedText: z.string().nullable(),
  note: z.string(),
  reviewer: z.string(),
  seconds: z.number().nullable(),
  at: z.string(),
})
export type ReviewRow = z.output<typeof reviewRow>

export interface NewReview {
  readonly pairId: number
  readonly decision: Decision
  readonly chosenText?: string
  readonly rejectedText?: string
  readonly note?: string
  readonly reviewer?: string
  readonly seconds?: number
}

const columns = `v.id, v.pair_id AS pairId, v.decision, v.chosen_text AS chosenText, v.rejected_text AS rejectedText, v.note, v.reviewer, v.seconds, v.at`

/** A person's decisions on pairs. Append-only: the newest row of a pair counts, an undo is a row too. */
export function reviewsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO reviews (pair_id, decision, chosen_text, rejected_text, note, reviewer, seconds, at)
     VALUES (@pairId, @decision, @chosenText, @rejectedText, @note, @reviewer, @seconds, @at)`,
  )
  const newestOfIteration = query(
    db,
    reviewRow,
    `SELECT ${columns} FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND v.id = (SELECT max(id) FROM reviews WHERE pair_id = v.pair_id)`,
  )
  const ofPair = query(db, reviewRow, `SELECT ${columns} FROM reviews v WHERE v.pair_id = @pairId ORDER BY v.id`)
  return {
    add(review: NewReview): void {
      const { pairId, decision, chosenText = null, rejectedText = null, note = '', reviewer = '', seconds = null } = review
      insert({ pairId, decision, chosenText, rejectedText, note, reviewer, seconds, at: new Date().toISOString() })
    },
    /** The decision that counts for each reviewed pair of the iteration. An undone one is left out. */
    newest(runId: string, iteration: number): Map<number, ReviewRow> {
      const rows = newestOfIteration.all({ runId, iteration }).filter((review) => review.decision !== 'undo')
      return new Map(rows.map((review) => [review.pairId, review]))
    },
    history: (pairId: number): ReviewRow[] => ofPair.all({ pairId }),
  }
}
