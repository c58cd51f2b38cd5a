import { randomInt } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type EngineChoice, engineChoice, jobRequest, jobState } from '../../shared/enums.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { type StageName, stageName } from '../../shared/run-events.ts'
import { command, jsonColumn, query } from '../database/statement.ts'
import type { JobsTable } from './jobs-table.ts'

const runRow = z.object({
  id: z.string(),
  name: z.string(),
  status: jobState, // of its job, as are `error`, `wanted`, and `finishedAt`
  iteration: z.int(),
  stage: stageName.nullable(),
  recipe: jsonColumn(z.unknown()), // validated by the loop, which owns the schema
  engine: jsonColumn(engineChoice).nullable(),
  error: jsonColumn(errorValue).nullable(),
  wanted: jobRequest.nullable(),
  reviewedIteration: z.int().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export type RunRow = z.output<typeof runRow>

const columns = `r.id, name, j.state AS status, iteration, stage, recipe, engine, j.error, j.wanted,
  reviewed_iteration AS reviewedIteration, created_at AS createdAt, j.finished_at AS finishedAt`
const source = 'runs r JOIN jobs j ON j.run_id = r.id'

/** No vowels (which could form words) and no characters that look like others. */
const idAlphabet = '23456789bcdfghjkmnpqrstvwxz'
const newId = (): string => `r-${Array.from({ length: 5 }, () => idAlphabet[randomInt(idAlphabet.length)]).join('')}`

/** Runs: one experiment each, with its recipe and position. A run's job says what the run is doing. */
export function runsTable(db: Database, jobs: JobsTable) {
  const insert = command(
    db,
    'INSERT INTO runs (id, name, recipe, created_at) VALUES (@id, @name, @recipe, @createdAt) ON CONFLICT DO NOTHING',
  )
  const byId = query(db, runRow, `SELECT ${columns} FROM ${source} WHERE r.id = @id`)
  const byPrefix = query(db, runRow, `SELECT ${columns} FROM ${source} WHERE substr(r.id, 1, length(@prefix)) = @prefix ORDER BY r.id`)
  const finishedWith = query(
    db,
    runRow,
    `SELECT ${columns} FROM ${source} WHERE j.state = 'finished' AND j.wanted IS NOT 'end' AND engine ->> 'backend' = @backend
     AND engine ->> 'precision' = @precision AND engine ->> 'threads' = @threads ORDER BY j.finished_at DESC LIMIT @most`,
  )
  const mentioning = query(
    db,
    runRow.pick({ id: true, name: true, recipe: true }),
    'SELECT id, name, recipe FROM runs WHERE @about IS NULL OR (id <> @about AND instr(recipe, @about) > 0) ORDER BY created_at',
  )
  const newestFirst = query(db, runRow, `SELECT ${columns} FROM ${source} ORDER BY created_at DESC, r.rowid DESC`)
  const place = command(db, 'UPDATE runs SET iteration = @iteration, stage = @stage WHERE id = @id')
  const rename = command(db, 'UPDATE runs SET name = @name WHERE id = @id')
  const rewrite = command(db, 'UPDATE runs SET recipe = @recipe WHERE id = @id')
  const confirm = command(db, 'UPDATE runs SET reviewed_iteration = @iteration WHERE id = @id')
  const remove = command(db, 'DELETE FROM runs WHERE id = @id')
  const engine = command(db, 'UPDATE runs SET engine = @engine WHERE id = @id')
  /** With an end that isn't stored yet. */
  function asItIs<Run extends { readonly id: string }>(run: Run): Run {
    const end = jobs.unsaved(run.id)
    return end === undefined ? run : { ...run, status: end.state, error: end.error }
  }
  const insertWithJob = db.transaction((run: Parameters<typeof insert>[0] & { readonly id: string }): boolean => {
    if (insert(run) === 0) return false
    jobs.addRun(run.id)
    return true
  })
  return {
    /** Creates a run and returns its id. */
    create(run: { name: string; recipe: unknown }): string {
      for (;;) {
        const id = newId()
        if (insertWithJob({ id, name: run.name, recipe: JSON.stringify(run.recipe), createdAt: new Date().toISOString() })) return id
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
    /** Adds an unsaved end to a run that another thread has read. */
    asItIs,
    /** Confirms that the user has reviewed this iteration's pairs, so that the run no longer waits for that. */
    confirmReview: (id: string, iteration: number): void => void confirm({ id, iteration }),
    rename: (id: string, name: string): void => void rename({ id, name }),
    setRecipe: (id: string, recipe: unknown): void => void rewrite({ id, recipe: JSON.stringify(recipe) }),
    /** Deletes it with all its rows. */
    remove: (id: string): void => void remove({ id }),
    setEngine: (id: string, choice: EngineChoice): void => void engine({ id, engine: JSON.stringify(choice) }),
  }
}
