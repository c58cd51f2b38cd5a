import { hostname } from 'node:os'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Claim, giveUp, isHeld, newClaim } from '../../common/claim.ts'
import { untilDone } from '../../common/until-done.ts'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type SuiteStatus, suiteKinds, suiteStatuses } from '../../shared/enums.ts'
import { type ErrorValue, LaurelError } from '../../shared/errors.ts'
import { type Figures, figures } from '../../shared/evaluation-rows.ts'
import { command, flag, jsonColumn, query } from '../database/statement.ts'

/** The claim of the process that runs a suite; older databases store only the process. */
const claim = z.object({
  pid: z.int(),
  started: z.string(),
  token: z.string().default(''),
  host: z.string().default(hostname),
  heartbeatAt: z.int().default(0),
})
const owner = z.union([z.literal('').transform(() => null), jsonColumn(claim)])

const suiteRow = z.object({
  id: z.int(),
  kind: z.enum(suiteKinds),
  title: z.string(),
  settings: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  status: z.enum(suiteStatuses),
  owner,
  cancelRequested: flag,
  total: z.int(),
  done: z.int(),
  seconds: z.number(),
  result: jsonColumn(figures).nullable(),
  error: jsonColumn(errorValue).nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type SuiteRow = z.output<typeof suiteRow>

const columns = `id, kind, title, settings, status, owner, cancel_requested AS cancelRequested, total,
  (SELECT count(*) FROM suite_units u WHERE u.suite_id = s.id AND part <> 'inputs') AS done, seconds, result, error, created_at AS createdAt, finished_at AS finishedAt`

const unitRow = z.object({ position: z.int(), sample: z.int(), value: jsonColumn(z.unknown()) })
export type SuiteUnit = z.output<typeof unitRow>

/** Whether the process that claimed a suite is still running it. */
export const isWorkedOn = ({ status, owner }: SuiteRow): boolean => status === 'running' && owner !== null && isHeld(owner)

/** Standalone evaluations, and every unit of their work. */
export function suitesTable(db: Database) {
  const insert = db.prepare<{ kind: string; title: string; settings: string; createdAt: string }>(
    `INSERT INTO suites (kind, title, settings, status, created_at) VALUES (@kind, @title, @settings, 'queued', @createdAt)`,
  )
  const one = query(db, suiteRow, `SELECT ${columns} FROM suites s WHERE id = @id`)
  const newestFirst = query(db, suiteRow, `SELECT ${columns} FROM suites s ORDER BY id DESC`)
  const oldestQueued = query(
    db,
    suiteRow,
    `SELECT ${columns} FROM suites s WHERE status = 'queued' AND cancel_requested = 0 ORDER BY id LIMIT 1`,
  )
  const unfinished = query(
    db,
    suiteRow.pick({ title: true, settings: true }),
    `SELECT title, settings FROM suites WHERE status IN ('queued', 'running') ORDER BY id`,
  )
  const take = command(db, `UPDATE suites SET status = 'running', owner = @owner, error = NULL WHERE id = @id AND status = 'queued'`)
  const end = command(
    db,
    `UPDATE suites SET status = @status, owner = '', result = @result, error = @error, seconds = seconds + @seconds,
       finished_at = max(@finishedAt, created_at)
     WHERE id = @id`,
  )
  const requeue = command(
    db,
    `UPDATE suites SET status = 'queued', owner = '', error = NULL, cancel_requested = 0 WHERE id = @id AND status <> 'finished'`,
  )
  const handBack = command(
    db,
    `UPDATE suites SET status = 'queued', owner = '', seconds = seconds + @seconds WHERE id = @id AND status = 'running' AND cancel_requested = 0`,
  )
  const beat = command(
    db,
    `UPDATE suites SET owner = json_set(owner, '$.heartbeatAt', @now) WHERE id = @id AND CASE owner WHEN '' THEN 0 ELSE json_extract(owner, '$.token') = @token END`,
  )
  const requestCancel = command(db, 'UPDATE suites SET cancel_requested = 1 WHERE id = @id')
  const total = command(db, 'UPDATE suites SET total = @total WHERE id = @id')
  const remove = command(db, 'DELETE FROM suites WHERE id = @id')
  const insertUnit = command(
    db,
    'INSERT INTO suite_units (suite_id, part, position, sample, value) VALUES (@id, @part, @position, @sample, @value) ON CONFLICT DO NOTHING',
  )
  const units = query(
    db,
    unitRow,
    'SELECT position, sample, value FROM suite_units WHERE suite_id = @id AND part = @part ORDER BY position, sample',
  )
  const unsaved = new Map<number, Pick<SuiteRow, 'status' | 'error'>>()
  const asItIs = (row: SuiteRow): SuiteRow => ({ ...row, ...unsaved.get(row.id) })
  const find = (id: number): SuiteRow => {
    const row = one.get({ id })
    if (row === undefined) throw new LaurelError('NOT_FOUND', `There is no evaluation ${id}.`, 'It may have been deleted.')
    return asItIs(row)
  }
  const table = {
    add({ kind, title, settings }: { kind: SuiteRow['kind']; title: string; settings: unknown }): number {
      const added = insert.run({ kind, title, settings: JSON.stringify(settings), createdAt: new Date().toISOString() })
      return Number(added.lastInsertRowid)
    },
    find,
    /** Queued and running ones. */
    unfinished: () => unfinished.all({}),
    /** Newest first. */
    list: (): SuiteRow[] => newestFirst.all({}).map(asItIs),
    /** The next one to run, oldest first. */
    nextQueued: (): SuiteRow | undefined => oldestQueued.get({}),
    /** Claims a queued suite for this process; false if another was faster. */
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
    end(id: number, status: EndStatus, { seconds, result = null, error = null }: SuiteEnd): void {
      end({
        ...{ id, status, seconds },
        result: result === null ? null : JSON.stringify(result),
        error: error === null ? null : JSON.stringify(error),
        finishedAt: status === 'finished' ? new Date().toISOString() : null,
      })
      unsaved.delete(id)
    },
    /**
     * Stores the end of a running suite and releases the claim, without throwing. If the database can't be written (a full disk), the end
     * is shown from now on and stored as soon as possible; `onFailure` receives the error.
     */
    endWork(id: number, token: string, status: EndStatus, suiteEnd: SuiteEnd, onFailure?: (error: unknown) => void): void {
      const shown = { status, error: suiteEnd.error ?? null }
      unsaved.set(id, shown)
      giveUp(token)
      untilDone(() => table.end(id, status, suiteEnd), { isPointless: () => !db.open || unsaved.get(id) !== shown, onFailure })
    },
    /** Returns a suite to the queue when its process exits, unless the user has cancelled it; returns whether it is queued. */
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
    addUnit: (id: number, part: string, { position, sample, value }: SuiteUnit): void =>
      void insertUnit({ id, part, position, sample, value: JSON.stringify(value) }),
    units: (id: number, part: string): SuiteUnit[] => units.all({ id, part }),
  }
  return table
}
export type SuitesTable = ReturnType<typeof suitesTable>

type EndStatus = Exclude<SuiteStatus, 'queued' | 'running'>

interface SuiteEnd {
  readonly seconds: number
  readonly result?: Figures | null
  readonly error?: ErrorValue | null
}
