import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from '../database/statement.ts'

const count = z.object({ count: z.int() })
const promptCounts = z.object({ accepted: z.int(), rejected: z.int() })
const judgementCounts = z.object({ judgements: z.int(), unreadable: z.int() })

/** Row counts of an iteration, without reading the rows. */
export function countQueries(db: Database) {
  const ofIteration = 'p.run_id = @runId AND p.iteration = @iteration'
  const prompts = query(
    db,
    promptCounts,
    `SELECT count(position) AS accepted, count(*) - count(position) AS rejected FROM prompts p WHERE ${ofIteration}`,
  )
  const candidates = query(
    db,
    count,
    `SELECT count(*) AS count FROM prompts p JOIN candidates c ON c.prompt_id = p.id WHERE ${ofIteration}`,
  )
  const judgements = query(
    db,
    judgementCounts,
    `SELECT count(*) AS judgements, count(*) - count(j.score) AS unreadable
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id WHERE ${ofIteration}`,
  )
  const pairs = query(
    db,
    count,
    `SELECT count(*) AS count FROM prompts p JOIN pairs x ON x.prompt_id = p.id WHERE ${ofIteration} AND x.made_by = 'judge'`,
  )
  return {
    prompts: (runId: string, iteration: number): z.output<typeof promptCounts> => prompts.get({ runId, iteration })!,
    candidates: (runId: string, iteration: number): number => candidates.get({ runId, iteration })!.count,
    judgements: (runId: string, iteration: number): z.output<typeof judgementCounts> => judgements.get({ runId, iteration })!,
    /** Pairs built from the judge's rewards. */
    pairs: (runId: string, iteration: number): number => pairs.get({ runId, iteration })!.count,
  }
}
