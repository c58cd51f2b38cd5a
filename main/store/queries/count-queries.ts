import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from '../database/statement.ts'

const counts = z.object({
  accepted: z.int(),
  rejected: z.int(),
  candidates: z.int(),
  judgements: z.int(),
  unreadable: z.int(),
  pairs: z.int(),
  paired: z.int(),
})
type Counts = z.output<typeof counts>

const none: Counts = { accepted: 0, rejected: 0, candidates: 0, judgements: 0, unreadable: 0, pairs: 0, paired: 0 }

/** Row counts of an iteration, which triggers keep: no row is read. */
export function countQueries(db: Database) {
  const ofIteration = query(
    db,
    counts,
    `SELECT accepted, rejected, candidates, judgements, unreadable, pairs, paired FROM iteration_counts WHERE run_id = @runId AND iteration = @iteration`,
  )
  const of = (runId: string, iteration: number): Counts => ofIteration.get({ runId, iteration }) ?? none
  return {
    prompts(runId: string, iteration: number): Pick<Counts, 'accepted' | 'rejected'> {
      const { accepted, rejected } = of(runId, iteration)
      return { accepted, rejected }
    },
    candidates: (runId: string, iteration: number): number => of(runId, iteration).candidates,
    judgements(runId: string, iteration: number): Pick<Counts, 'judgements' | 'unreadable'> {
      const { judgements, unreadable } = of(runId, iteration)
      return { judgements, unreadable }
    },
    /** Pairs built from the judge's rewards. */
    pairs: (runId: string, iteration: number): number => of(runId, iteration).pairs,
    /** Prompts with such a pair. */
    paired: (runId: string, iteration: number): number => of(runId, iteration).paired,
  }
}
