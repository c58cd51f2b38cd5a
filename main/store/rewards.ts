import type { Database } from 'better-sqlite3'

/** What the judge rewarded a candidate with, and what became of it. */
export interface RewardedRow {
  readonly promptId: number
  /** The mean of its readable judgements; null: there is none. */
  readonly reward: number | null
  readonly judgements: number
  readonly readable: number
  /** Its place in the pair that the judge's rewards made; null: it has none. */
  readonly role: 'chosen' | 'rejected' | null
}

type RawRow = [number, number | null, number, number, RewardedRow['role']]

/** Rewards: what the judgements of each candidate come to. Taken as SQLite gives them, since an iteration may have tens of thousands. */
export function rewardsTable(db: Database) {
  const ofIteration = db
    .prepare<[string, number], RawRow>(
      `SELECT c.prompt_id, avg(j.score), count(j.id), count(j.score),
         CASE c.id WHEN x.chosen_id THEN 'chosen' WHEN x.rejected_id THEN 'rejected' END
       FROM prompts p JOIN candidates c ON c.prompt_id = p.id LEFT JOIN judgements j ON j.candidate_id = c.id
         LEFT JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge'
       WHERE p.run_id = ? AND p.iteration = ? AND p.position IS NOT NULL GROUP BY c.id ORDER BY p.position, c.sample`,
    )
    .raw()
  return {
    /** Of every candidate of the iteration, in the order of its prompts. */
    ofIteration: (runId: string, iteration: number): RewardedRow[] =>
      ofIteration
        .all(runId, iteration)
        .map(([promptId, reward, judgements, readable, role]) => ({ promptId, reward, judgements, readable, role })),
  }
}
