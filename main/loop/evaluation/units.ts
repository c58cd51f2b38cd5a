import type { z } from 'zod'
import type { Store } from '../../store/store.ts'
import type { UnitOwner, UnitPart } from '../../store/tables/evaluation-units-table.ts'
import type { EngineWork } from '../run-context.ts'
import type { UnitWords } from '../stage-report.ts'
import { doneAmong, type Units } from '../stage-work.ts'

/** The owner of an evaluation's units, with what differs between a run and an evaluation requested by hand. */
export interface EvaluationOwner {
  readonly store: Store
  readonly key: UnitOwner
  readonly seeds: UnitSeeds
  /** The name of an earlier model that is the same one: M1 is M0 in a recipe without fine-tuning. */
  readonly sameModel: (model: NamedModel) => string | undefined
  /** Adds reports to the user, if the owner makes any. */
  readonly reported: <Row, Value>(units: Units<Row, Value>, words: UnitWords<Row>) => Units<Row, Value>
}

/** Seeds of sampled units. They depend on the owner's seed and on what the unit is. */
export interface UnitSeeds {
  readonly answer: (purpose: string, model: string, position: number) => number
  readonly judgement: (judge: string, model: string, position: number, sample: number) => number
  /** Of a judgement of a human-ranked answer. */
  readonly ranked: (judge: string, position: number, sample: number) => number
}

/** What a measurement needs: an engine, and an owner for its units. */
export interface EvaluationWork extends EngineWork {
  readonly owner: EvaluationOwner
}

/** A model by its name, which identifies it among the owner's units, and its path. */
export interface NamedModel {
  readonly name: string
  readonly path: string
}

/** A row's position, and the sample number of a row that is a single unit. */
interface UnitRow {
  readonly position: number
  readonly sample?: number
}

/** One part of an evaluation: how its units are stored, drawn, and reported. */
interface Part<Row, Value, Schema extends z.ZodObject> extends UnitWords<Row> {
  readonly part: UnitPart
  readonly schema: Schema
  readonly toStored: (value: Value, row: Row) => z.input<Schema>
  /** Omitted: nothing is sampled. */
  readonly seed?: (position: number, sample: number) => number
}

/** The units of one part, and what is stored of them, by position and sample. */
export interface UnitStore<Row, Value, Stored> {
  readonly units: (rows: readonly Row[], samples: number) => Units<Row, Value>
  readonly stored: () => readonly (Stored & Required<UnitRow>)[]
}

/** Begins the name of the part that holds another part's left-out rows, so that they aren't requested again. */
export const leftOut = 'left out'

/** The units of one part of an evaluation, for any owner. */
export function unitStore<Row extends UnitRow, Value, Schema extends z.ZodObject>(
  { store: { evaluationUnits, transaction }, key, reported }: EvaluationOwner,
  { part, schema, toStored, seed = () => 0, ...words }: Part<Row, Value, Schema>,
): UnitStore<Row, Value, z.output<Schema>> {
  const leftOutPart: UnitPart = [leftOut, ...part]
  const keysOf = (name: UnitPart) => doneAmong(evaluationUnits.keysOf(key, name).map(({ position, sample }) => [position, sample]))
  return {
    stored: () => evaluationUnits.of(key, part).map(({ value, ...at }) => ({ ...schema.parse(value), ...at })),
    units(rows, samples) {
      const [isStored, isLeftOut] = [keysOf(part), keysOf(leftOutPart)]
      const units: Units<Row, Value> = {
        ...{ rows, samples },
        seed: ({ position }, sample) => seed(position, sample),
        isDone: (row, sample) => isStored(row.position, row.sample ?? sample) || isLeftOut(row.position, row.sample ?? 0),
        inTransaction: transaction,
        keep: (row, sample, value) =>
          evaluationUnits.add(key, part, { position: row.position, sample: row.sample ?? sample, value: toStored(value, row) }),
        leaveOut: ({ position, sample = 0 }, reason) => evaluationUnits.add(key, leftOutPart, { position, sample, value: { reason } }),
      }
      return reported(units, words)
    },
  }
}
