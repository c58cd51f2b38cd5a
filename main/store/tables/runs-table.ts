import { randomInt } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { errorValue } from '../../shared/engine-protocol.ts'
import { type EngineChoice, engineChoice, jobRequest, jobState } from '../../shared/enums.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { type StageName, stageName } from '../../shared/run-events.ts'
import { command, jsonColumn, query } from '../database/statement.ts'
import type { JobsTable } from './jobs-table.ts'

const plannedStage = z.object({ iteration: z.int(), stage: stageName, seconds: z.number() })
export type PlannedStage = z.output<typeof plannedStage>

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
  attempts: z.int(), // how often a process began to work on it
  tags: jsonColumn(z.array(z.string())),
  note: z.string(),
  sourceId: z.string().nullable(), // the run whose recipe it was copied from
  seedGroup: z.int().nullable(), // shared by runs that differ in their seed alone
  groupName: z.string().nullable(),
  planned: jsonColumn(z.array(plannedStage)).nullable(), // the estimate before it was created
  afterId: z.string().nullable(), // in the queue until that run has finished
  afterName: z.string().nullable(),
})
export type RunRow = z.output<typeof runRow>

interface NewRun {
  readonly name: string
  readonly recipe: unknown
  /** The run whose recipe it was copied from. */
  readonly sourceId?: string | null
  /** Of `addSeedGroup`. */
  readonly seedGroup?: number | null
}

const columns = `r.id, r.name, j.state AS status, r.iteration, r.stage, r.recipe, r.engine, j.error, j.wanted,
  r.reviewed_iteration AS reviewedIteration, r.created_at AS createdAt, j.finished_at AS finishedAt, j.attempts,
  r.tags, r.note, r.source_id AS sourceId, r.seed_group AS seedGroup, r.planned, g.name AS groupName, j.after_run AS afterId, a.name AS afterName`
const source = `runs r JOIN jobs j ON j.run_id = r.id
  LEFT JOIN seed_groups g ON g.id = r.seed_group LEFT JOIN runs a ON a.id = j.after_run`

/** No vowels (which could form words) and no characters that look like others. */
const idAlphabet = '23456789bcdfghjkmnpqrstvwxz'
const newId = (): string => `r-${Array.from({ length: 5 }, () => idAlphabet[randomInt(idAlphabet.length)]).join('')}`

/** Runs: one experiment each, with its recipe and position. A run's job says what the run is doing. */
export function runsTable(db: Database, jobs: JobsTable) {
  const insert = command(
    db,
    `INSERT INTO runs (id, name, recipe, created_at, source_id, seed_group)
     VALUES (@id, @name, @recipe, @createdAt, @sourceId, @seedGroup) ON CONFLICT DO NOTHING`,
  )
  const byId = query(db, runRow, `SELECT ${columns} FROM ${source} WHERE r.id = @id`)
  const byPrefix = query(db, runRow, `SELECT ${columns} FROM ${source} WHERE substr(r.id, 1, length(@prefix)) = @prefix ORDER BY r.id`)
  const finishedWith = query(
    db,
    runRow,
    `SELECT ${columns} FROM ${source} WHERE j.state = 'finished' AND j.wanted IS NOT 'end' AND r.engine ->> 'backend' = @backend
     AND r.engine ->> 'precision' = @precision AND r.engine ->> 'threads' = @threads ORDER BY j.finished_at DESC LIMIT @most`,
  )
  const mentioning = query(
    db,
    runRow.pick({ id: true, name: true, recipe: true }),
    'SELECT id, name, recipe FROM runs WHERE @about IS NULL OR (id <> @about AND instr(recipe, @about) > 0) ORDER BY created_at',
  )
  const newestFirst = query(db, runRow, `SELECT ${columns} FROM ${source} ORDER BY r.created_at DESC, r.rowid DESC`)
  const place = command(db, 'UPDATE runs SET iteration = @iteration, stage = @stage WHERE id = @id')
  const insertGroup = db.prepare<[string]>('INSERT INTO seed_groups (name) VALUES (?)')
  const describe = command(db, 'UPDATE runs SET tags = @tags, note = @note WHERE id = @id')
  const plan = command(db, 'UPDATE runs SET planned = @planned WHERE id = @id')
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
    create({ name, recipe, sourceId = null, seedGroup = null }: NewRun): string {
      for (;;) {
        const row = { id: newId(), name, recipe: JSON.stringify(recipe), createdAt: new Date().toISOString(), sourceId, seedGroup }
        if (insertWithJob(row)) return row.id
      }
    },
    /** Creates a group for runs that differ in their seed alone, and returns its id. It ends with its last run. */
    addSeedGroup: (name: string): number => Number(insertGroup.run(name).lastInsertRowid),
    describe: (id: string, { tags, note }: { readonly tags: readonly string[]; readonly note: string }): void =>
      void describe({ id, tags: JSON.stringify(tags), note }),
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
    /** Stores what its stages were estimated to take. */
    setPlan: (id: string, stages: readonly PlannedStage[]): void => void plan({ id, planned: JSON.stringify(stages) }),
    rename: (id: string, name: string): void => void rename({ id, name }),
    setRecipe: (id: string, recipe: unknown): void => void rewrite({ id, recipe: JSON.stringify(recipe) }),
    /** Deletes it with all its rows. */
    remove: (id: string): void => void remove({ id }),
    setEngine: (id: string, choice: EngineChoice): void => void engine({ id, engine: JSON.stringify(choice) }),
  }
}
