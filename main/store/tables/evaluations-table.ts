import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type EvaluationKind, jobRequest, jobState } from '../../shared/enums.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type Figures, figures } from '../../shared/evaluation-settings.ts'
import { command, jsonColumn, query } from '../database/statement.ts'
import { evaluationJob, type JobsTable } from './jobs-table.ts'

const evaluationRow = z.object({
  id: z.int(),
  kind: z.string(),
  model: z.string(),
  against: z.string(),
  judge: z.string(),
  title: z.string(),
  total: z.int(),
  done: z.int(),
  seconds: z.number(),
  createdAt: z.string(), // a run's: when it was measured
})
const requestedRow = evaluationRow.extend({
  settings: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  status: jobState, // of its job, as are `wanted`, `error`, and `finishedAt`
  wanted: jobRequest.nullable(),
  finishedAt: z.string().nullable(),
  result: jsonColumn(figures).nullable(),
  error: jsonColumn(errorValue).nullable(),
})
/** An evaluation requested by hand. */
type RequestedEvaluation = z.output<typeof requestedRow>

const ofRunRow = evaluationRow.extend({ runId: z.string(), runName: z.string(), result: jsonColumn(figures) })
/** A finished evaluation that a run made of one of its models. */
type RunEvaluation = z.output<typeof ofRunRow>

const measuredRow = ofRunRow.pick({ model: true, kind: true, against: true, judge: true, result: true })
type MeasuredModel = z.output<typeof measuredRow>

const columns = 'e.id, e.kind, e.model, e.against, e.judge, e.title, e.total, e.seconds, e.created_at AS createdAt, e.result'
const requested = `SELECT ${columns}, settings, j.state AS status, j.wanted, j.error, j.finished_at AS finishedAt,
  (SELECT count(*) FROM evaluation_units u WHERE u.evaluation_id = e.id AND u.part <> '["inputs"]') AS done
  FROM evaluations e JOIN jobs j ON j.evaluation_id = e.id`
const measured = 'SELECT model, kind, against, judge, result FROM evaluations WHERE run_id = @runId'

/** Evaluations: those of runs, stored when they are finished, and those requested by hand, which have a job instead of a run. */
export function evaluationsTable(db: Database, jobs: JobsTable) {
  const insertOfRun = command(
    db,
    `INSERT INTO evaluations (run_id, model, kind, against, judge, title, result, created_at)
     VALUES (@runId, @model, @kind, @against, @judge, @title, @result, @at) ON CONFLICT DO NOTHING`,
  )
  const ofRun = query(db, measuredRow, `${measured} ORDER BY id`)
  const oneOfRun = query(db, measuredRow, `${measured} AND model = @model AND kind = @kind AND against = @against`)
  const ofAllRuns = query(
    db,
    ofRunRow,
    `SELECT ${columns}, 0 AS done, r.id AS runId, r.name AS runName
     FROM evaluations e JOIN runs r ON r.id = e.run_id ORDER BY r.created_at DESC, r.rowid DESC, e.id`,
  )
  const insert = db.prepare<NewEvaluation & { settings: string; createdAt: string }>(
    `INSERT INTO evaluations (kind, model, against, judge, title, settings, created_at)
     VALUES (@kind, @model, @against, @judge, @title, @settings, @createdAt)`,
  )
  const one = query(db, requestedRow, `${requested} WHERE e.id = @id`)
  const newestFirst = query(db, requestedRow, `${requested} ORDER BY e.id DESC`)
  const unfinished = query(
    db,
    requestedRow.pick({ title: true, settings: true }),
    `SELECT title, settings FROM evaluations e JOIN jobs j ON j.evaluation_id = e.id WHERE j.state IN ('queued', 'running', 'pausing') ORDER BY e.id`,
  )
  const addResult = command(db, 'UPDATE evaluations SET result = @result, seconds = seconds + @seconds WHERE id = @id')
  const total = command(db, 'UPDATE evaluations SET total = @total WHERE id = @id')
  const remove = command(db, 'DELETE FROM evaluations WHERE id = @id AND run_id IS NULL')
  /** With an end that isn't stored yet. */
  function asItIs(row: RequestedEvaluation): RequestedEvaluation {
    const end = jobs.unsaved(evaluationJob(row.id))
    return end === undefined ? row : { ...row, status: end.state, error: end.error }
  }
  const insertWithJob = db.transaction((row: Parameters<typeof insert.run>[0]): number => {
    const id = Number(insert.run(row).lastInsertRowid)
    jobs.addEvaluation(id)
    return id
  })
  const find = (id: number): RequestedEvaluation => {
    const row = one.get({ id })
    if (row === undefined) throw new LaurelError('NOT_FOUND', `There is no evaluation ${id}.`, 'It may have been deleted.')
    return asItIs(row)
  }
  return {
    /** Stores a run's evaluation, unless it is stored already. */
    addOfRun: (runId: string, { result, ...of }: MeasuredModel): void =>
      void insertOfRun({
        ...{ runId, ...of, result: JSON.stringify(result), at: new Date().toISOString() },
        title: of.against === '' ? of.model : `${of.model} v ${of.against}`,
      }),
    findOfRun: (runId: string, model: string, kind: string, against = ''): MeasuredModel | undefined =>
      oneOfRun.get({ runId, model, kind, against }),
    ofRun: (runId: string): MeasuredModel[] => ofRun.all({ runId }),
    /** Evaluations by all runs, newest run first. */
    ofAllRuns: (): RunEvaluation[] => ofAllRuns.all({}),

    /** Queues an evaluation requested by hand. The functions below are about these only. */
    add: ({ settings, ...of }: NewEvaluation & { readonly settings: unknown }): number =>
      insertWithJob({ ...of, settings: JSON.stringify(settings), createdAt: new Date().toISOString() }),
    find,
    /** Queued and running ones. */
    unfinished: () => unfinished.all({}),
    /** Newest first. */
    list: (): RequestedEvaluation[] => newestFirst.all({}).map(asItIs),
    /** Adds the seconds of an attempt, and its result if it has one. */
    addResult: (id: number, { seconds, result }: { readonly seconds: number; readonly result: Figures | null }): void =>
      void addResult({ id, seconds, result: result === null ? null : JSON.stringify(result) }),
    setTotal: (id: number, units: number): void => void total({ id, total: units }),
    remove: (id: number): void => void remove({ id }),
  }
}

interface NewEvaluation {
  readonly kind: EvaluationKind
  readonly title: string
  readonly model: string
  readonly against: string
  readonly judge: string
}
