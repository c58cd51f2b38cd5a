import { randomInt } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { badInput, LaurelError } from '../common/errors.ts'
import { errorValue } from '../engine/protocol.ts'
import { command, jsonColumn, query } from './statement.ts'
import { type EngineChoice, engineChoice, type RunStatus, runStatuses } from './words.ts'

const runRow = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(runStatuses),
  iteration: z.int(),
  stage: z.string().nullable(),
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

/** How a run ended, where the database could not take it: shown until it can, or until the run is started again. */
export interface UnsavedEnd {
  readonly status: RunStatus
  readonly error: z.infer<typeof errorValue> | null
}

/** No vowels (no words arise) and nothing that looks like something else. */
const idAlphabet = '23456789bcdfghjkmnpqrstvwxz'
const newId = (): string => `r-${Array.from({ length: 5 }, () => idAlphabet[randomInt(idAlphabet.length)]).join('')}`

/** Runs: one experiment each, with its recipe and where it stands. */
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
    'UPDATE runs SET status = @status, error = @error, finished_at = max(@finishedAt, created_at) WHERE id = @id', // also after the clock was turned back
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
    /** Makes a run and gives its id. */
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
    /** The run an id or the unambiguous start of one means ("r-7f3" or "7f3"). Throws NOT_FOUND or BAD_INPUT. */
    resolve(idOrPrefix: string): RunRow {
      const prefix = idOrPrefix.startsWith('r-') ? idOrPrefix : `r-${idOrPrefix}`
      const found = byId.get({ id: prefix })
      if (found !== undefined) return asItIs(found)
      const matches = byPrefix.all({ prefix })
      if (matches.length === 1) return asItIs(matches[0])
      if (matches.length === 0) throw new LaurelError('NOT_FOUND', `There is no run ${idOrPrefix}.`, 'List them: laurel run list.')
      throw badInput(`${idOrPrefix} means several runs: ${matches.map((run) => run.id).join(', ')}.`, 'Give more of the id.')
    },
    /** Other runs whose recipe holds this text, oldest first; all where none is given. */
    mentioning: (about?: string) => mentioning.all({ about: about ?? null }),
    /** The newest finished runs that were computed in this way. */
    finishedWith: ({ backend, precision, threads }: EngineChoice, most: number): RunRow[] =>
      finishedWith.all({ backend, precision, threads, most }).map(asItIs),
    list: (): RunRow[] => newestFirst.all({}).map(asItIs),
    setPlace: (id: string, iteration: number, stage: string): void => void place({ id, iteration, stage }),
    setStatus(id: string, to: RunStatus, error: z.infer<typeof errorValue> | null = null): void {
      const finishedAt = to === 'finished' ? new Date().toISOString() : null
      status({ id, status: to, error: error === null ? null : JSON.stringify(error), finishedAt })
      unsaved.delete(id)
    },
    /** From now on the run is shown like this, without a word to the database. `setStatus` ends it. */
    holdUnsaved: (id: string, end: UnsavedEnd): void => void unsaved.set(id, end),
    /** What another thread has read of a run, with its end where the database does not have it yet. */
    asItIs,
    /** Whether this end (or any) is shown that the database does not have yet. */
    isUnsaved: (id: string, end?: UnsavedEnd): boolean => (end === undefined ? unsaved.has(id) : unsaved.get(id) === end),
    /** What the user wants of it: to be worked on, or to be left alone. It outlives this process. */
    setWanted: (id: string, wanted: RunRow['wanted']): void => void want({ id, wanted }),
    /** The user has reviewed the pairs of this iteration: the run need not wait for that any more. */
    confirmReview: (id: string, iteration: number): void => void confirm({ id, iteration }),
    /** To be started when the run at work has ended; what is queued already keeps its place. */
    queue: (id: string): void => void queue({ id, at: new Date().toISOString() }),
    leaveQueue: (id: string): void => void leaveQueue({ id }),
    /** In the order in which they were queued. */
    queued: (): RunRow[] => queued.all({}).map(asItIs),
    rename: (id: string, name: string): void => void rename({ id, name }),
    setRecipe: (id: string, recipe: unknown): void => void rewrite({ id, recipe: JSON.stringify(recipe) }),
    /** The user wants it ended early; the process that works on it sees that here. */
    requestEnd: (id: string): void => void end({ id, at: new Date().toISOString() }),
    /** It came to its end by itself before, or the early end did not come about. */
    clearEnd: (id: string): void => void end({ id, at: null }),
    /** With all its rows. */
    remove: (id: string): void => void remove({ id }),
    setEngine: (id: string, choice: EngineChoice): void => void engine({ id, engine: JSON.stringify(choice) }),
  }
}
