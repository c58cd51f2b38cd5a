import { randomInt } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type EngineChoice, engineChoice, type RunStatus, runStatuses } from '../../shared/enums.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { type StageName, stageName } from '../../shared/run-events.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const runRow = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(runStatuses),
  iteration: z.int(),
  stage: stageName.nullable(),
  recipe: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  engine: jsonColumn(engineChoice).nullable(),
  error: jsonColumn(errorValue).nullable(),
  endRequestedAt: z.string().nullable(),
  wanted: z.enum(['work', 'pause']).nullable(),
  reviewedIteration: z.int().nullable(),
  queuedAt: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type RunRow = z.output<typeof runRow>

const columns = `id, name, status, iteration, stage, recipe, engine, error, end_requested_at AS endRequestedAt, wanted,
  reviewed_iteration AS reviewedIteration, queued_at AS queuedAt, created_at AS createdAt, finished_at AS finishedAt`

/** A run's end that the database couldn't store: shown until it can, or until the run starts again. */
export interface UnsavedEnd {
  readonly status: RunStatus
  readonly error: z.infer<typeof errorValue> | null
}

/** No vowels (which could form words) and no characters that look like others. */
const idAlphabet = '23456789bcdfghjkmnpqrstvwxz'
const newId = (): string => `r-${Array.from({ length: 5 }, () => idAlphabet[randomInt(idAlphabet.length)]).join('')}`

/** Runs: one experiment each, with its recipe and position. */
export function runsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO runs (id, name, status, recipe, created_at) VALUES (@id, @name, 'created', @recipe, @createdAt) ON CONFLICT DO NOTHING`,
  )
  const byId = query(db, runRow, `SELECT ${columns} FROM runs WHERE id = @id`)
  const byPrefix = query(db, runRow, `SELECT ${columns} FROM runs WHERE substr(id, 1, length(@prefix)) = @prefix ORDER BY id`)
  const finishedWith = query(
    db,
    runRow,
    `SELECT ${columns} FROM runs WHERE status = 'finished' AND end_requested_at IS NULL AND engine ->> 'backend' = @backend
     AND engine ->> 'precision' = @precision AND engine ->> 'threads' = @threads ORDER BY finished_at DESC LIMIT @most`,
  )
  const mentioning = query(
    db,
    runRow.pick({ id: true, name: true, recipe: true }),
    'SELECT id, name, recipe FROM runs WHERE @about IS NULL OR (id <> @about AND instr(recipe, @about) > 0) ORDER BY created_at',
  )
  const newestFirst = query(db, runRow, `SELECT ${columns} FROM runs ORDER BY created_at DESC, rowid DESC`)
  const place = command(db, 'UPDATE runs SET iteration = @iteration, stage = @stage WHERE id = @id')
  const status = command(
    db,
    'UPDATE runs SET status = @status, error = @error, finished_at = max(@finishedAt, created_at) WHERE id = @id', // even after the clock was set back
  )
  const rename = command(db, 'UPDATE runs SET name = @name WHERE id = @id')
  const rewrite = command(db, 'UPDATE runs SET recipe = @recipe WHERE id = @id')
  const end = command(db, 'UPDATE runs SET end_requested_at = @at WHERE id = @id')
  const want = command(db, 'UPDATE runs SET wanted = @wanted WHERE id = @id')
  const confirm = command(db, 'UPDATE runs SET reviewed_iteration = @iteration WHERE id = @id')
  const queue = command(db, 'UPDATE runs SET queued_at = coalesce(queued_at, @at) WHERE id = @id')
  const leaveQueue = command(db, 'UPDATE runs SET queued_at = NULL WHERE id = @id')
  const queued = query(db, runRow, `SELECT ${columns} FROM runs WHERE queued_at IS NOT NULL ORDER BY queued_at, rowid`)
  const remove = command(db, 'DELETE FROM runs WHERE id = @id')
  const engine = command(db, 'UPDATE runs SET engine = @engine WHERE id = @id')
  const unsaved = new Map<string, UnsavedEnd>()
  const asItIs = <Run extends { readonly id: string }>(run: Run): Run => ({ ...run, ...unsaved.get(run.id) })
  return {
    /** Creates a run and returns its id. */
    create(run: { name: string; recipe: unknown }): string {
      for (;;) {
        const id = newId()
        if (insert({ id, name: run.name, recipe: JSON.stringify(run.recipe), createdAt: new Date().toISOString() }) === 1) return id
      }
    },
    find(id: string): RunRow | undefined {
      const run = byId.get({ id })
      return run && asItIs(run)
    },
    /** Finds the run with this id or unambiguous prefix ("r-7f3" or "7f3"). Throws NOT_FOUND or BAD_INPUT. */
    resolve(idOrPrefix: string): RunRow {
      const prefix = idOrPrefix.startsWith('r-') ? idOrPrefix : `r-${idOrPrefix}`
      const found = byId.get({ id: prefix })
      if (found !== undefined) return asItIs(found)
      const matches = byPrefix.all({ prefix })
      if (matches.length === 1) return asItIs(matches[0])
      if (matches.length === 0) throw new LaurelError('NOT_FOUND', `There is no run ${idOrPrefix}.`, 'List all runs: laurel run list.')
      throw badInput(`${idOrPrefix} matches several runs: ${matches.map((run) => run.id).join(', ')}.`, 'Enter more characters of the id.')
    },
    /** Other runs whose recipe contains this text, oldest first; all of them without a text. */
    mentioning: (about?: string) => mentioning.all({ about: about ?? null }),
    /** The newest finished runs with this backend, precision, and number of threads. */
    finishedWith: ({ backend, precision, threads }: EngineChoice, most: number): RunRow[] =>
      finishedWith.all({ backend, precision, threads, most }).map(asItIs),
    list: (): RunRow[] => newestFirst.all({}).map(asItIs),
    setPlace: (id: string, iteration: number, stage: StageName): void => void place({ id, iteration, stage }),
    setStatus(id: string, to: RunStatus, error: z.infer<typeof errorValue> | null = null): void {
      const finishedAt = to === 'finished' ? new Date().toISOString() : null
      status({ id, status: to, error: error === null ? null : JSON.stringify(error), finishedAt })
      unsaved.delete(id)
    },
    /** Shows this end from now on, without writing to the database. `setStatus` clears it. */
    holdUnsaved: (id: string, end: UnsavedEnd): void => void unsaved.set(id, end),
    /** Adds an unsaved end to a run that another thread has read. */
    asItIs,
    /** Whether this end (or any) is still unsaved. */
    isUnsaved: (id: string, end?: UnsavedEnd): boolean => (end === undefined ? unsaved.has(id) : unsaved.get(id) === end),
    /** Stores whether the user wants it running or paused; this outlives the process. */
    setWanted: (id: string, wanted: RunRow['wanted']): void => void want({ id, wanted }),
    /** Confirms that the user has reviewed this iteration's pairs, so that the run no longer waits for that. */
    confirmReview: (id: string, iteration: number): void => void confirm({ id, iteration }),
    /** Queues it to start after the current run; keeps the position of a run that is already queued. */
    queue: (id: string): void => void queue({ id, at: new Date().toISOString() }),
    leaveQueue: (id: string): void => void leaveQueue({ id }),
    /** In queue order. */
    queued: (): RunRow[] => queued.all({}).map(asItIs),
    rename: (id: string, name: string): void => void rename({ id, name }),
    setRecipe: (id: string, recipe: unknown): void => void rewrite({ id, recipe: JSON.stringify(recipe) }),
    /** Requests an early end; the process running it sees the request here. */
    requestEnd: (id: string): void => void end({ id, at: new Date().toISOString() }),
    /** Clears the request: the run ended by itself first, or the early end failed. */
    clearEnd: (id: string): void => void end({ id, at: null }),
    /** Deletes it with all its rows. */
    remove: (id: string): void => void remove({ id }),
    setEngine: (id: string, choice: EngineChoice): void => void engine({ id, engine: JSON.stringify(choice) }),
  }
}
