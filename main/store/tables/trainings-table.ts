import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type TrainTask, trainTask } from '../../shared/train-config.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const trainingRow = z.object({
  id: z.int(),
  name: z.string(),
  task: trainTask,
  rows: z.int(),
  truncatedRows: z.int().nullable(),
  steps: z.int().nullable(),
  config: jsonColumn(z.record(z.string(), z.unknown())),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type TrainingRow = z.output<typeof trainingRow>

interface NewTraining {
  readonly runId: string
  readonly name: string // of the model that it produces
  readonly task: TrainTask
  readonly rows: number
  readonly config: unknown
}

const columns = 'id, name, task, rows, truncated_rows AS truncatedRows, steps, config, started_at AS startedAt, finished_at AS finishedAt'

/** Trainings, their complete checkpoints, and the reference log-probabilities they used. */
export function trainingsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO trainings (run_id, name, task, rows, config, started_at)
     VALUES (@runId, @name, @task, @rows, @config, @startedAt) ON CONFLICT DO NOTHING`,
  )
  const one = query(db, trainingRow, `SELECT ${columns} FROM trainings WHERE run_id = @runId AND name = @name`)
  const ofRun = query(db, trainingRow, `SELECT ${columns} FROM trainings WHERE run_id = @runId ORDER BY id`)
  const size = command(db, 'UPDATE trainings SET steps = @steps, truncated_rows = @truncatedRows WHERE id = @id')
  const finish = command(db, 'UPDATE trainings SET finished_at = max(@finishedAt, started_at) WHERE id = @id')
  const insertCheckpoint = command(
    db,
    'INSERT INTO checkpoints (training_id, step, path) VALUES (@id, @step, @path) ON CONFLICT DO UPDATE SET path = excluded.path',
  )
  const checkpoints = query(
    db,
    z.object({ step: z.int(), path: z.string() }),
    'SELECT step, path FROM checkpoints WHERE training_id = @id ORDER BY step',
  )
  const dropCheckpoints = command(db, 'DELETE FROM checkpoints WHERE training_id = @id')
  const insertReference = command(
    db,
    `INSERT INTO reference_logprobs (training_id, row, chosen, rejected) VALUES (@id, @row, @chosen, @rejected) ON CONFLICT DO NOTHING`,
  )
  const references = query(
    db,
    z.object({ row: z.int(), chosen: z.number(), rejected: z.number() }),
    'SELECT row, chosen, rejected FROM reference_logprobs WHERE training_id = @id ORDER BY row',
  )
  return {
    /** The training with this name; creates it if absent. */
    begin(training: NewTraining): TrainingRow {
      const { runId, name, task, rows } = training
      insert({ runId, name, task, rows, config: JSON.stringify(training.config), startedAt: new Date().toISOString() })
      return one.get({ runId, name })!
    },
    find: (runId: string, name: string): TrainingRow | undefined => one.get({ runId, name }),
    /** In the order of their start. */
    ofRun: (runId: string): TrainingRow[] => ofRun.all({ runId }),
    setSize: (id: number, steps: number, truncatedRows: number): void => void size({ id, steps, truncatedRows }),
    finish: (id: number): void => void finish({ id, finishedAt: new Date().toISOString() }),
    addCheckpoint: (id: number, step: number, path: string): void => void insertCheckpoint({ id, step, path }),
    checkpoints: (id: number): { step: number; path: string }[] => checkpoints.all({ id }),
    dropCheckpoints: (id: number): void => void dropCheckpoints({ id }),
    addReference: (id: number, row: number, chosen: number, rejected: number): void => void insertReference({ id, row, chosen, rejected }),
    references: (id: number): { row: number; chosen: number; rejected: number }[] => references.all({ id }),
  }
}
