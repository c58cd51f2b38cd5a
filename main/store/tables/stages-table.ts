import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type StageName, stageName } from '../../shared/run-events.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const stageRow = z.object({
  iteration: z.int(),
  stage: stageName,
  seconds: z.number(),
  finishedAt: z.string().nullable(),
  summary: jsonColumn(z.record(z.string(), z.unknown())).nullable(),
})
export type StageRow = z.output<typeof stageRow>

/** The stages of a run's iterations: working time over all sessions, and results. */
export function stagesTable(db: Database) {
  const insert = command(db, 'INSERT INTO stages (run_id, iteration, stage) VALUES (@runId, @iteration, @stage) ON CONFLICT DO NOTHING')
  const spend = command(
    db,
    'UPDATE stages SET seconds = seconds + @seconds WHERE run_id = @runId AND iteration = @iteration AND stage = @stage',
  )
  const finish = command(
    db,
    `UPDATE stages SET finished_at = coalesce(finished_at, @now), summary = @summary
     WHERE run_id = @runId AND iteration = @iteration AND stage = @stage`,
  )
  const ofRun = query(
    db,
    stageRow,
    `SELECT iteration, stage, seconds, finished_at AS finishedAt, summary FROM stages
     WHERE run_id = @runId ORDER BY iteration, coalesce(finished_at, '9999')`,
  )
  const one = query(
    db,
    stageRow,
    `SELECT iteration, stage, seconds, finished_at AS finishedAt, summary FROM stages
     WHERE run_id = @runId AND iteration = @iteration AND stage = @stage`,
  )
  return {
    begin: (runId: string, iteration: number, stage: StageName): void => void insert({ runId, iteration, stage }),
    spend: (runId: string, iteration: number, stage: StageName, seconds: number): void => void spend({ runId, iteration, stage, seconds }),
    finish: (runId: string, iteration: number, stage: StageName, summary: Record<string, unknown>): void =>
      void finish({ runId, iteration, stage, summary: JSON.stringify(summary), now: new Date().toISOString() }),
    find: (runId: string, iteration: number, stage: StageName): StageRow | undefined => one.get({ runId, iteration, stage }),
    /** In the order of completion; the unfinished one last. */
    ofRun: (runId: string): StageRow[] => ofRun.all({ runId }),
  }
}
