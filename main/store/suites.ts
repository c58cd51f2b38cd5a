import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ErrorValue, LaurelError } from '../common/errors.ts'
import { isAlive, processStart } from '../common/process-identity.ts'
import { errorValue } from '../engine/protocol.ts'
import { type Figures, figures } from './evaluations.ts'
import { command, jsonColumn, query } from './statement.ts'
import { type SuiteStatus, suiteKinds, suiteStatuses } from './words.ts'

const owner = z.union([z.literal('').transform(() => null), jsonColumn(z.object({ pid: z.int(), started: z.string() }))])

const suiteRow = z.object({
  id: z.int(),
  kind: z.enum(suiteKinds),
  title: z.string(),
  settings: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  status: z.enum(suiteStatuses),
  owner,
  total: z.int(),
  done: z.int(),
  seconds: z.number(),
  result: jsonColumn(figures).nullable(),
  error: jsonColumn(errorValue).nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type SuiteRow = z.output<typeof suiteRow>

const columns = `id, kind, title, settings, status, owner, total,
  (SELECT count(*) FROM suite_units u WHERE u.suite_id = s.id AND part <> 'inputs') AS done, seconds, result, error, created_at AS createdAt, finished_at AS finishedAt`

const unitRow = z.object({ position: z.int(), sample: z.int(), value: jsonColumn(z.unknown()) })
export type SuiteUnit = z.output<typeof unitRow>

/** Whether the process that said it works on a suite still does. */
export const isWorkedOn = ({ status, owner }: SuiteRow): boolean =>
  status === 'running' && owner !== null && isAlive(owner.pid, owner.started)

/** Evaluations asked for by hand, and every unit of their work. */
export function suitesTable(db: Database) {
  const insert = db.prepare<{ kind: string; title: string; settings: string; createdAt: string }>(
    `INSERT INTO suites (kind, title, settings, status, created_at) VALUES (@kind, @title, @settings, 'queued', @createdAt)`,
  )
  const one = query(db, suiteRow, `SELECT ${columns} FROM suites s WHERE id = @id`)
  const newestFirst = query(db, suiteRow, `SELECT ${columns} FROM suites s ORDER BY id DESC`)
  const oldestQueued = query(db, suiteRow, `SELECT ${columns} FROM suites s WHERE status = 'queued' ORDER BY id LIMIT 1`)
  const take = command(db, `UPDATE suites SET status = 'running', owner = @owner, error = NULL WHERE id = @id AND status = 'queued'`)
  const end = command(
    db,
    `UPDATE suites SET status = @status, owner = '', result = @result, error = @error, seconds = seconds + @seconds, finished_at = @finishedAt
     WHERE id = @id`,
  )
  const requeue = command(db, `UPDATE suites SET status = 'queued', owner = '', error = NULL WHERE id = @id AND status <> 'finished'`)
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
  const find = (id: number): SuiteRow => {
    const row = one.get({ id })
    if (row === undefined) throw new LaurelError('NOT_FOUND', `There is no evaluation ${id}.`, 'It may have been deleted.')
    return row
  }
  return {
    add({ kind, title, settings }: { kind: SuiteRow['kind']; title: string; settings: unknown }): number {
      const added = insert.run({ kind, title, settings: JSON.stringify(settings), createdAt: new Date().toISOString() })
      return Number(added.lastInsertRowid)
    },
    find,
    /** Newest first. */
    list: (): SuiteRow[] => newestFirst.all({}),
    /** The next one to be worked on, oldest first. */
    nextQueued: (): SuiteRow | undefined => oldestQueued.get({}),
    /** Takes a queued suite for a process (this one); false where another was quicker. */
    take: (id: number, by: { pid: number; started: string } = { pid: process.pid, started: processStart(process.pid) }): boolean =>
      take({ id, owner: JSON.stringify(by) }) === 1,
    end(id: number, status: Exclude<SuiteStatus, 'queued' | 'running'>, { seconds, result = null, error = null }: SuiteEnd): void {
      end({
        ...{ id, status, seconds },
        result: result === null ? null : JSON.stringify(result),
        error: error === null ? null : JSON.stringify(error),
        finishedAt: status === 'finished' ? new Date().toISOString() : null,
      })
    },
    /** To be worked on again: what is done stays done. */
    requeue: (id: number): void => void requeue({ id }),
    setTotal: (id: number, units: number): void => void total({ id, total: units }),
    remove: (id: number): void => void remove({ id }),
    addUnit: (id: number, part: string, { position, sample, value }: SuiteUnit): void =>
      void insertUnit({ id, part, position, sample, value: JSON.stringify(value) }),
    units: (id: number, part: string): SuiteUnit[] => units.all({ id, part }),
  }
}
export type SuitesTable = ReturnType<typeof suitesTable>

interface SuiteEnd {
  readonly seconds: number
  readonly result?: Figures | null
  readonly error?: ErrorValue | null
}
