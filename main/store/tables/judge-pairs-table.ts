import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type JudgePairShown, judgePairShown } from '../../shared/shown-rows.ts'
import { command, query } from '../database/statement.ts'

const comparisonRow = z.object({ candidateId: z.int(), first: z.int(), second: z.int(), lead: z.number() })
/** A comparison of two judgements of a response, by their numbers. `lead`: log p(first is better) - log p(second is better). */
export type JudgementComparison = z.output<typeof comparisonRow>

export interface NewJudgePair extends Omit<JudgePairShown, 'id' | 'position'> {
  readonly candidateId: number
}

const ofIteration = 'p.run_id = @runId AND p.iteration = @iteration'
const columns = 'x.id, p.position, x.prompt, x.chosen, x.rejected, x.chosen_elo AS chosenElo, x.rejected_elo AS rejectedElo'
/** SQL: in this order of reading, since judge pairs are far fewer than the responses of an iteration. */
const joined = 'judge_pairs x CROSS JOIN candidates c ON c.id = x.candidate_id CROSS JOIN prompts p ON p.id = c.prompt_id'

/** Comparisons of judgements, and the pairs of judgements that they make. Rows are immutable. */
export function judgePairsTable(db: Database) {
  const insertComparison = command(
    db,
    `INSERT INTO judgement_comparisons (candidate_id, first, second, lead) VALUES (@candidateId, @first, @second, @lead) ON CONFLICT DO NOTHING`,
  )
  const comparisons = query(
    db,
    comparisonRow,
    `SELECT m.candidate_id AS candidateId, m.first, m.second, m.lead
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgement_comparisons m ON m.candidate_id = c.id
     WHERE ${ofIteration} ORDER BY p.position, c.sample, m.first, m.second`,
  )
  const insert = command(
    db,
    `INSERT INTO judge_pairs (candidate_id, prompt, chosen, rejected, chosen_elo, rejected_elo)
     VALUES (@candidateId, @prompt, @chosen, @rejected, @chosenElo, @rejectedElo) ON CONFLICT DO NOTHING`,
  )
  const slice = query(
    db,
    judgePairShown,
    `SELECT ${columns} FROM ${joined} WHERE ${ofIteration} ORDER BY p.position, c.sample LIMIT @limit OFFSET @offset`,
  )
  const count = query(db, z.object({ count: z.int() }), `SELECT count(*) AS count FROM ${joined} WHERE ${ofIteration}`)
  return {
    addComparison: (comparison: JudgementComparison): void => void insertComparison({ ...comparison }),
    comparisons: (runId: string, iteration: number): JudgementComparison[] => comparisons.all({ runId, iteration }),
    add: (pair: NewJudgePair): void => void insert({ ...pair }),
    /** In the order of the responses. */
    ofIteration: (runId: string, iteration: number, { offset = 0, limit = -1 } = {}): JudgePairShown[] =>
      slice.all({ runId, iteration, offset, limit }),
    count: (runId: string, iteration: number): number => count.get({ runId, iteration })!.count,
  }
}
