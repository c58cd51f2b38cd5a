import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, jsonColumn, query } from '../database/statement.ts'

/** The owner of units: a run, whose evaluations share answers, or an evaluation requested by hand. */
export type UnitOwner = { readonly runId: string } | { readonly evaluationId: number }

/** What a group of units is: its kind, then names such as the model's: `['answers', 'M2', 'head-to-head']`. */
export type UnitPart = readonly [kind: string, ...names: string[]]

const unitKey = z.object({ position: z.int(), sample: z.int() })
const unitRow = unitKey.extend({ value: jsonColumn(z.unknown()) }) // the loop, which owns the schemas, validates it
type EvaluationUnit = z.output<typeof unitRow>

const partName = jsonColumn(z.tuple([z.string()], z.string()))

/** The units of evaluations: every input, answer, judgement, verdict, score, and left-out row. */
export function evaluationUnitsTable(db: Database) {
  /** The same statement for either owner: each has its own index. */
  const forEither = <Made>(make: (owner: string) => Made): ((owner: UnitOwner) => Made) => {
    const [ofRun, byHand] = [make('run_id'), make('evaluation_id')]
    return (owner) => ('runId' in owner ? ofRun : byHand)
  }
  const idOf = (owner: UnitOwner): string | number => ('runId' in owner ? owner.runId : owner.evaluationId)

  const insert = forEither((owner) =>
    command(
      db,
      `INSERT INTO evaluation_units (${owner}, part, position, sample, value) VALUES (@id, @part, @position, @sample, @value) ON CONFLICT DO NOTHING`,
    ),
  )
  const copy = forEither((owner) =>
    command(
      db,
      `INSERT INTO evaluation_units (${owner}, part, position, sample, value)
       SELECT ${owner}, @to, position, sample, value FROM evaluation_units WHERE ${owner} = @id AND part = @from ORDER BY id ON CONFLICT DO NOTHING`,
    ),
  )
  const ofPart = forEither((owner) =>
    query(
      db,
      unitRow,
      `SELECT position, sample, value FROM evaluation_units
       WHERE ${owner} = @id AND part = @part AND position >= @first AND position < @end ORDER BY position, sample`,
    ),
  )
  const keysOfPart = forEither((owner) =>
    query(db, unitKey, `SELECT position, sample FROM evaluation_units WHERE ${owner} = @id AND part = @part`),
  )
  const within = forEither((owner) =>
    query(
      db,
      unitRow.extend({ part: partName }),
      `SELECT part, position, sample, value FROM evaluation_units
       WHERE ${owner} = @id AND part >= @from AND part < @to AND position >= @first AND position < @end ORDER BY part, position, sample`,
    ),
  )
  const partsWithin = forEither((owner) =>
    query(
      db,
      z.object({ part: partName, count: z.int() }),
      `SELECT part, count(*) AS count FROM evaluation_units WHERE ${owner} = @id AND part >= @from AND part < @to GROUP BY part ORDER BY min(id)`,
    ),
  )
  const removeWithin = forEither((owner) =>
    command(db, `DELETE FROM evaluation_units WHERE ${owner} = @id AND part >= @from AND part < @to`),
  )
  const placeOf = query(
    db,
    z.object({
      runId: z.string().nullable(),
      evaluationId: z.int().nullable(),
      part: partName,
      position: z.int(),
      value: jsonColumn(z.unknown()),
    }),
    'SELECT run_id AS runId, evaluation_id AS evaluationId, part, position, value FROM evaluation_units WHERE id = @id',
  )
  return {
    /** A unit, with its owner and part. */
    find(id: number): { owner: UnitOwner; part: string[]; position: number; value: unknown } | undefined {
      const found = placeOf.get({ id })
      if (found === undefined) return undefined
      const { runId, evaluationId, ...unit } = found
      return { ...unit, owner: runId === null ? { evaluationId: evaluationId! } : { runId } }
    },
    /** Stores a unit, unless it is stored already. */
    add: (owner: UnitOwner, part: UnitPart, { position, sample, value }: EvaluationUnit): void =>
      void insert(owner)({ id: idOf(owner), part: JSON.stringify(part), position, sample, value: JSON.stringify(value) }),
    /** Stores a part's units as those of another part too. */
    copy: (owner: UnitOwner, from: UnitPart, to: UnitPart): void =>
      void copy(owner)({ id: idOf(owner), from: JSON.stringify(from), to: JSON.stringify(to) }),
    /** Removes the units of the parts that start with these names and have more. */
    remove: (owner: UnitOwner, names: UnitPart): void => void removeWithin(owner)({ id: idOf(owner), ...startingWith(names) }),
    /** Units of a part, optionally only at positions from `first` to before `end`. */
    of: (owner: UnitOwner, part: UnitPart, first = 0, end = Number.MAX_SAFE_INTEGER): EvaluationUnit[] =>
      ofPart(owner).all({ id: idOf(owner), part: JSON.stringify(part), first, end }),
    keysOf: (owner: UnitOwner, part: UnitPart): z.output<typeof unitKey>[] =>
      keysOfPart(owner).all({ id: idOf(owner), part: JSON.stringify(part) }),
    /** The same of all parts that start with these names. */
    within: (owner: UnitOwner, names: UnitPart, first = 0, end = Number.MAX_SAFE_INTEGER): (EvaluationUnit & { part: string[] })[] =>
      within(owner).all({ id: idOf(owner), ...startingWith(names), first, end }),
    /** The parts that start with these names and their numbers of units, in the order of creation. */
    partsWithin: (owner: UnitOwner, names: UnitPart): { part: string[]; count: number }[] =>
      partsWithin(owner).all({ id: idOf(owner), ...startingWith(names) }),
  }
}

/** The range of stored parts that start with these names and have more: `["answers","M2",` up to `["answers","M2"-`. */
function startingWith(names: UnitPart): { from: string; to: string } {
  const start = JSON.stringify(names).slice(0, -1)
  return { from: `${start},`, to: `${start}-` } // '-' follows ','
}
