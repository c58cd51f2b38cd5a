import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { figures } from '../../shared/evaluation-settings.ts'
import type { OutsideMeasure } from '../../shared/outside-measures.ts'
import { jsonColumn, query } from '../database/statement.ts'
import { isNewest } from '../tables/reviews-table.ts'

const pairStage = z.object({ runId: z.string(), iteration: z.int(), summary: jsonColumn(z.unknown()).nullable() })

const overviewEvaluation = z.object({
  ...{ runId: z.string(), model: z.string(), against: z.string(), judge: z.string() },
  result: jsonColumn(figures),
})
export type OverviewEvaluation = z.output<typeof overviewEvaluation>

const overviewCheck = z.object({ runId: z.string(), model: z.string(), result: jsonColumn(figures) })
export type OverviewCheck = z.output<typeof overviewCheck>

/** Data for the list of all runs, one query for all of them. */
export function overviews(db: Database) {
  const seconds = query(
    db,
    z.object({ runId: z.string(), seconds: z.number() }),
    'SELECT run_id AS runId, sum(seconds) AS seconds FROM stages GROUP BY run_id',
  )
  const pairStages = query(
    db,
    pairStage,
    `SELECT run_id AS runId, iteration, summary FROM stages WHERE stage = 'pairs' AND finished_at IS NOT NULL ORDER BY run_id, iteration`,
  )
  const headToHeads = query(
    db,
    overviewEvaluation,
    `SELECT run_id AS runId, model, against, judge, result FROM evaluations WHERE run_id IS NOT NULL AND kind = 'head-to-head' ORDER BY id`,
  )
  const checks = query(
    db,
    overviewCheck,
    `SELECT run_id AS runId, model, result FROM evaluations WHERE run_id IS NOT NULL AND kind = @measure ORDER BY id`,
  )
  const unreviewed = query(
    db,
    z.object({ count: z.int() }),
    `SELECT n.pairs - (SELECT count(*) FROM reviews v CROSS JOIN pairs x ON x.id = v.pair_id CROSS JOIN prompts p ON p.id = x.prompt_id
         WHERE ${isNewest('v')} AND p.run_id = n.run_id AND p.iteration = n.iteration AND x.made_by = 'judge' AND v.decision <> 'undo'
           AND NOT EXISTS (SELECT 1 FROM remade_pairs WHERE prompt_id = p.id))
       - (SELECT count(*) FROM (SELECT DISTINCT prompt_id FROM remade_pairs) k CROSS JOIN prompts p ON p.id = k.prompt_id
           JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge' WHERE p.run_id = n.run_id AND p.iteration = n.iteration) AS count
     FROM iteration_counts n WHERE n.run_id = @runId AND n.iteration = @iteration`,
  )
  return {
    /** Working time in seconds of each started run. */
    seconds: (): Map<string, number> => new Map(seconds.all({}).map((row) => [row.runId, row.seconds])),
    /** Summaries of the stages that built pairs, by run and iteration. */
    pairStages: (): z.output<typeof pairStage>[] => pairStages.all({}),
    /** Win rates of all runs, in the order of measurement. */
    headToHeads: (): OverviewEvaluation[] => headToHeads.all({}),
    /** What programs measured of all runs' models, in the order of measurement. */
    checks: (measure: OutsideMeasure): OverviewCheck[] => checks.all({ measure }),
    /** Pairs of an iteration that users have neither decided nor rescored. */
    unreviewed: (runId: string, iteration: number): number => unreviewed.get({ runId, iteration })?.count ?? 0,
  }
}
