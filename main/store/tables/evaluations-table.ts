import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import { figures, runEvaluation } from '../../shared/evaluation-rows.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const evaluationRow = runEvaluation.pick({ model: true, kind: true, against: true, judge: true }).extend({ result: jsonColumn(figures) })
export type EvaluationRow = z.output<typeof evaluationRow>

/** Evaluations: measurements of a model. */
export function evaluationsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO evaluations (run_id, model, kind, against, judge, result)
     VALUES (@runId, @model, @kind, @against, @judge, @result) ON CONFLICT DO NOTHING`,
  )
  const ofRun = query(db, evaluationRow, 'SELECT model, kind, against, judge, result FROM evaluations WHERE run_id = @runId ORDER BY id')
  const one = query(
    db,
    evaluationRow,
    `SELECT model, kind, against, judge, result FROM evaluations
     WHERE run_id = @runId AND model = @model AND kind = @kind AND against = @against`,
  )
  const ofAllRuns = query(
    db,
    runEvaluation.extend({ figures: jsonColumn(figures) }),
    `SELECT r.id AS runId, r.name AS runName, e.model, e.kind, e.against, e.judge, e.result AS figures
     FROM evaluations e JOIN runs r ON r.id = e.run_id ORDER BY r.created_at DESC, r.rowid DESC, e.id`,
  )
  return {
    add: (runId: string, evaluation: EvaluationRow): void =>
      void insert({ runId, ...evaluation, result: JSON.stringify(evaluation.result) }),
    find: (runId: string, model: string, kind: string, against = ''): EvaluationRow | undefined => one.get({ runId, model, kind, against }),
    /** Evaluations by all runs, newest run first. */
    ofAllRuns: () => ofAllRuns.all({}),
    ofRun: (runId: string): EvaluationRow[] => ofRun.all({ runId }),
  }
}
