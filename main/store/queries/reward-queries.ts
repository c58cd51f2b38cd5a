import type { Database } from 'better-sqlite3'
import type { Span } from '../database/span.ts'

/** A candidate's reward by the judge, and its role. */
export interface RewardedRow {
  readonly promptId: number
  /** The mean of its readable judgements; null: none. */
  readonly reward: number | null
  readonly judgements: number
  readonly readable: number
  /** In how many pairs from the judge's rewards it is the chosen or the rejected response. */
  readonly chosen: number
  readonly rejected: number
  /** Another model than the iteration's own wrote it. */
  readonly isAnchor: boolean
}

type RawRow = [number, number | null, number, number, number, number, 0 | 1]

/** Rewards: the mean judgement of each candidate. Skips validation, since an iteration may have millions. */
export function rewardsTable(db: Database) {
  const ofIteration = db
    .prepare<[string, number, number, number], RawRow>(
      `SELECT c.prompt_id, (SELECT avg(score) FROM judgements WHERE candidate_id = c.id), (SELECT count(*) FROM judgements WHERE candidate_id = c.id),
         (SELECT count(score) FROM judgements WHERE candidate_id = c.id), (SELECT count(*) FROM pairs WHERE chosen_id = c.id AND made_by = 'judge'),
         (SELECT count(*) FROM pairs WHERE rejected_id = c.id AND made_by = 'judge'), c.model IS NOT NULL
       FROM prompts p JOIN candidates c ON c.prompt_id = p.id
       WHERE p.run_id = ? AND p.iteration = ? AND p.position >= ? AND p.position < ? ORDER BY p.position, c.sample`,
    )
    .raw()
  const span = db
    .prepare<[string], [number | null, number | null]>(
      `SELECT min(j.score), max(j.score) FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id WHERE p.run_id = ?`,
    )
    .raw()
  return {
    /** The smallest and the largest judgement of the run's candidates; undefined: there is none. */
    span(runId: string): readonly [low: number, high: number] | undefined {
      const [low, high] = span.get(runId) ?? [null, null]
      return low === null || high === null ? undefined : [low, high]
    },
    /** Rewards of the candidates of a span's prompts, in prompt order. */
    ofIteration: (runId: string, iteration: number, { from, to }: Span): RewardedRow[] =>
      ofIteration.all(runId, iteration, from, to).map(([promptId, reward, judgements, readable, chosen, rejected, isAnchor]) => ({
        ...{ promptId, reward, judgements, readable, chosen, rejected },
        isAnchor: isAnchor === 1,
      })),
  }
}
