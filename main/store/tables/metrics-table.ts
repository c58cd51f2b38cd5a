import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

const metricRow = z.object({ step: z.int(), name: z.string(), value: z.number().nullable() })
type MetricRow = z.output<typeof metricRow>

/** One metric's values: `values[i]` belongs to `steps[i]`. NaN: the result wasn't a finite number. */
export interface MetricColumn {
  readonly steps: number[]
  readonly values: number[]
}

/** Metrics of optimizer steps, named as in TRL: one row per step and name. NaN is stored as NULL. */
export function metricsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO metrics (training_id, step, name, value) VALUES (@trainingId, @step, @name, @value) ON CONFLICT DO NOTHING`,
  )
  const ofTraining = query(db, metricRow, 'SELECT step, name, value FROM metrics WHERE training_id = @trainingId ORDER BY step, name')
  const last = query(db, z.object({ step: z.int() }), 'SELECT coalesce(max(step), 0) AS step FROM metrics WHERE training_id = @trainingId')
  const count = query(db, z.object({ steps: z.int() }), 'SELECT count(DISTINCT step) AS steps FROM metrics WHERE training_id = @trainingId')
  const between = db
    .prepare<[number, number, number], [number, string, number | null]>(
      'SELECT step, name, value FROM metrics WHERE training_id = ? AND step > ? AND step <= ? ORDER BY step, name',
    )
    .raw() // up to millions of rows: skip validation, which SQLite's STRICT tables make unnecessary
  const addStep = db.transaction((trainingId: number, step: number, values: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(values)) insert({ trainingId, step, name, value: Number.isFinite(value) ? value : null })
  })
  return {
    addStep: (trainingId: number, step: number, values: Readonly<Record<string, number>>): void => addStep(trainingId, step, values),
    /** The newest step; 0 if there is none. */
    lastStep: (trainingId: number): number => last.get({ trainingId })?.step ?? 0,
    /** Number of steps with metrics. */
    stepCount: (trainingId: number): number => count.get({ trainingId })?.steps ?? 0,
    ofTraining: (trainingId: number): MetricRow[] => ofTraining.all({ trainingId }),
    /** Appends the stored metrics of the steps in (after, upTo] to the columns, by metric name. */
    appendColumns(trainingId: number, after: number, upTo: number, columns: Map<string, MetricColumn>): void {
      for (const [step, name, value] of between.iterate(trainingId, after, upTo)) {
        const column = columns.get(name) ?? { steps: [], values: [] }
        if (column.steps.length === 0) columns.set(name, column)
        column.steps.push(step)
        column.values.push(value ?? Number.NaN)
      }
    },
  }
}
