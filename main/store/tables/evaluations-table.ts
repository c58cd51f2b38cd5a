import { hostname } from 'node:os'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Claim, giveUp, isHeld, newClaim } from '../../common/claim.ts'
import { untilDone } from '../../common/until-done.ts'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type EvaluationKind, type EvaluationStatus, evaluationStatuses } from '../../shared/enums.ts'
import { type ErrorValue, LaurelError } from '../../shared/errors.ts'
import { type Figures, figures } from '../../shared/evaluation-rows.ts'
import { command, flag, jsonColumn, query } from '../database/statement.ts'

/** The claim of the process that runs an evaluation; older databases store only the process. */
const claim = z.object({
  pid: z.int(),
  started: z.string(),
  token: z.string().default(''),
  host: z.string().default(hostname),
  heartbeatAt: z.int().default(0),
})
const owner = z.union([z.literal('').transform(() => null), jsonColumn(claim)])

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
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
const requestedRow = evaluationRow.extend({
  settings: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  status: z.enum(evaluationStatuses),
  owner,
  cancelRequested: flag,
  result: jsonColumn(figures).nullable(),
  error: jsonColumn(errorValue).nullable(),
})
/** An evaluation requested by hand. */
export type RequestedEvaluation = z.output<typeof requestedRow>

const ofRunRow = evaluationRow.extend({ runId: z.string(), runName: z.string(), result: jsonColumn(figures) })
/** A finished evaluation that a run made of one of its models. */
export type RunEvaluation = z.output<typeof ofRunRow>

const measuredRow = ofRunRow.pick({ model: true, kind: true, against: true, judge: true, result: true })
export type MeasuredModel = z.output<typeof measuredRow>

const columns =
  'e.id, e.kind, e.model, e.against, e.judge, e.title, e.total, e.seconds, e.created_at AS createdAt, e.finished_at AS finishedAt, e.result'
const requested = `SELECT ${columns}, settings, status, owner, cancel_requested AS cancelRequested, error,
  (SELECT count(*) FROM evaluation_units u WHERE u.evaluation_id = e.id AND u.part <> '["inputs"]') AS done
  FROM evaluations e WHERE run_id IS NULL`
const measured = 'SELECT model, kind, against, judge, result FROM evaluations WHERE run_id = @runId'

/** Whether the process that claimed an evaluation is still running it. */
export const isWorkedOn = ({ status, owner }: RequestedEvaluation): boolean => status === 'running' && owner !== null && isHeld(owner)

/**
 * Evaluations: those of runs, stored when they are finished, and those requested by hand, which have no run, are queued, and belong to the
 * process that runs them.
 */
export function evaluationsTable(db: Database) {
  const insertOfRun = command(
    db,
    `INSERT INTO evaluations (run_id, model, kind, against, judge, title, status, result, created_at, finished_at)
     VALUES (@runId, @model, @kind, @against, @judge, @title, 'finished', @result, @at, @at) ON CONFLICT DO NOTHING`,
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
    `INSERT INTO evaluations (kind, model, against, judge, title, settings, status, created_at)
     VALUES (@kind, @model, @against, @judge, @title, @settings, 'queued', @createdAt)`,
  )
  const one = query(db, requestedRow, `${requested} AND id = @id`)
  const newestFirst = query(db, requestedRow, `${requested} ORDER BY id DESC`)
  const oldestQueued = query(db, requestedRow, `${requested} AND status = 'queued' AND cancel_requested = 0 ORDER BY id LIMIT 1`)
  const unfinished = query(
    db,
    requestedRow.pick({ title: true, settings: true }),
    `SELECT title, settings FROM evaluations WHERE run_id IS NULL AND status IN ('queued', 'running') ORDER BY id`,
  )
  const take = command(db, `UPDATE evaluations SET status = 'running', owner = @owner, error = NULL WHERE id = @id AND status = 'queued'`)
  const end = command(
    db,
    `UPDATE evaluations SET status = @status, owner = '', result = @result, error = @error, seconds = seconds + @seconds,
       finished_at = max(@finishedAt, created_at)
     WHERE id = @id`,
  )
  const requeue = command(
    db,
    `UPDATE evaluations SET status = 'queued', owner = '', error = NULL, cancel_requested = 0 WHERE id = @id AND status <> 'finished'`,
  )
  const handBack = command(
    db,
    `UPDATE evaluations SET status = 'queued', owner = '', seconds = seconds + @seconds WHERE id = @id AND status = 'running' AND cancel_requested = 0`,
  )
  const beat = command(
    db,
    `UPDATE evaluations SET owner = json_set(owner, '$.heartbeatAt', @now) WHERE id = @id AND CASE owner WHEN '' THEN 0 ELSE json_extract(owner, '$.token') = @token END`,
  )
  const requestCancel = command(db, 'UPDATE evaluations SET cancel_requested = 1 WHERE id = @id')
  const total = command(db, 'UPDATE evaluations SET total = @total WHERE id = @id')
  const remove = command(db, 'DELETE FROM evaluations WHERE id = @id AND run_id IS NULL')
  const unsaved = new Map<number, Pick<RequestedEvaluation, 'status' | 'error'>>()
  const asItIs = (row: RequestedEvaluation): RequestedEvaluation => ({ ...row, ...unsaved.get(row.id) })
  const find = (id: number): RequestedEvaluation => {
    const row = one.get({ id })
    if (row === undefined) throw new LaurelError('NOT_FOUND', `There is no evaluation ${id}.`, 'It may have been deleted.')
    return asItIs(row)
  }
  const table = {
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
    add({ settings, ...of }: NewEvaluation & { readonly settings: unknown }): number {
      const added = insert.run({ ...of, settings: JSON.stringify(settings), createdAt: new Date().toISOString() })
      return Number(added.lastInsertRowid)
    },
    find,
    /** Queued and running ones. */
    unfinished: () => unfinished.all({}),
    /** Newest first. */
    list: (): RequestedEvaluation[] => newestFirst.all({}).map(asItIs),
    /** The next one to run, oldest first. */
    nextQueued: (): RequestedEvaluation | undefined => oldestQueued.get({}),
    /** Claims a queued evaluation for this process; false if another was faster. */
    take(id: number, by: Claim = newClaim()): boolean {
      const isTaken = take({ id, owner: JSON.stringify(by) }) === 1
      if (!isTaken) giveUp(by.token)
      return isTaken
    },
    /** Renews the claim; returns whether it is lost and whether the user requested cancellation. */
    heartbeat(id: number, token: string): { readonly isLost: boolean; readonly cancelRequested: boolean } {
      const isLost = beat({ id, token, now: Date.now() }) === 0
      return { isLost, cancelRequested: !isLost && find(id).cancelRequested }
    },
    /** Records that the user wants it cancelled, until it is resumed. */
    requestCancel: (id: number): void => void requestCancel({ id }),
    end(id: number, status: EndStatus, { seconds, result = null, error = null }: EvaluationEnd): void {
      end({
        ...{ id, status, seconds },
        result: result === null ? null : JSON.stringify(result),
        error: error === null ? null : JSON.stringify(error),
        finishedAt: status === 'finished' ? new Date().toISOString() : null,
      })
      unsaved.delete(id)
    },
    /**
     * Stores the end of a running evaluation and releases the claim, without throwing. If the database can't be written (a full disk), the end
     * is shown from now on and stored as soon as possible; `onFailure` receives the error.
     */
    endWork(id: number, token: string, status: EndStatus, ended: EvaluationEnd, onFailure?: (error: unknown) => void): void {
      const shown = { status, error: ended.error ?? null }
      unsaved.set(id, shown)
      giveUp(token)
      untilDone(() => table.end(id, status, ended), { isPointless: () => !db.open || unsaved.get(id) !== shown, onFailure })
    },
    /** Returns an evaluation to the queue when its process exits, unless the user has cancelled it; returns whether it is queued. */
    handBack(id: number, token: string, seconds: number): boolean {
      giveUp(token)
      return handBack({ id, seconds }) === 1
    },
    /** Queues it again, keeping completed units. */
    requeue(id: number): void {
      requeue({ id })
      unsaved.delete(id)
    },
    setTotal: (id: number, units: number): void => void total({ id, total: units }),
    remove: (id: number): void => void remove({ id }),
  }
  return table
}

type EndStatus = Exclude<EvaluationStatus, 'queued' | 'running'>

interface NewEvaluation {
  readonly kind: EvaluationKind
  readonly title: string
  readonly model: string
  readonly against: string
  readonly judge: string
}

interface EvaluationEnd {
  readonly seconds: number
  readonly result?: Figures | null
  readonly error?: ErrorValue | null
}
