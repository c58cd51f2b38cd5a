import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

/**
 * A run's tables in deletion order, with the number of rows per step: a few milliseconds each, including dependent rows. Lists every table
 * that may have many rows; the rest is deleted with the run's own row.
 */
const parts: readonly (readonly [table: string, where: string, rows: number])[] = [
  ['metrics', 'training_id IN (SELECT id FROM trainings WHERE run_id = @runId)', 5000],
  ['training_pairs', 'training_id IN (SELECT id FROM trainings WHERE run_id = @runId)', 2000],
  ['reference_logprobs', 'training_id IN (SELECT id FROM trainings WHERE run_id = @runId)', 5000],
  ['prompts', 'run_id = @runId', 100],
  ['evaluation_units', 'run_id = @runId', 1000],
  ['examples', 'run_id = @runId', 1000],
  ['events', 'run_id = @runId', 2000],
]

/** Deletes a run in steps, so that other work can continue in between. */
export function removalOf(db: Database) {
  const steps = parts.map(([table, where, rows]) => command(db, `DELETE FROM ${table} WHERE ${where} LIMIT ${rows}`))
  const last = command(db, 'DELETE FROM runs WHERE id = @runId')
  const byPeople = query(
    db,
    z.object({ reviews: z.int() }),
    `SELECT (SELECT count(*) FROM prompts p JOIN pairs x ON x.prompt_id = p.id JOIN reviews v ON v.pair_id = x.id WHERE p.run_id = @runId AND v.decision <> 'undo')
       + (SELECT count(*) FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN rescores s ON s.candidate_id = c.id WHERE p.run_id = @runId AND s.reward IS NOT NULL)
       + (SELECT count(*) FROM prompts p JOIN review_notes n ON n.prompt_id = p.id WHERE p.run_id = @runId AND n.text <> '') AS reviews`,
  )
  return {
    /** Number of decisions, scores, and notes by users that are deleted with the run. */
    reviewsLost: (runId: string): number => byPeople.get({ runId })!.reviews,
    /** Deletes some of the run's rows, its own last; returns whether there are more. */
    step(runId: string): boolean {
      if (steps.some((step) => step({ runId }) > 0)) return true
      last({ runId })
      return false
    },
  }
}
