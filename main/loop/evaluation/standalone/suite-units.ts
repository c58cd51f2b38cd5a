import { z } from 'zod'
import { finishReason } from '../../../shared/engine-protocol.ts'
import { badInput } from '../../../shared/errors.ts'
import type { Recipe } from '../../../shared/recipe.ts'
import type { Store } from '../../../store/store.ts'
import type { Checker, EngineWork } from '../../run-context.ts'
import { doneAmong } from '../../stage-work.ts'
import type { UnitStore } from '../answers.ts'

/** What a standalone evaluation needs. */
export interface StandaloneContext extends EngineWork {
  readonly suiteId: number
  readonly store: Store
  /** External evaluations that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
}

/** The part of a suite that holds its inputs: stored, so that an evaluation doesn't change with a file. */
export const inputs = 'inputs'

const leftOutOf = (part: string): string => `${part}, left out`

/**
 * The number of left-out rows in some parts, as a figure, omitted if zero. Throws BAD_INPUT if it is all `total` rows of a part: there is
 * nothing to measure.
 */
export function leftOutFigure({ store, suiteId }: StandaloneContext, parts: readonly string[], total: number): { left_out?: number } {
  const counts = parts.map((part) => store.suites.units(suiteId, leftOutOf(part)))
  const whole = counts.find((units) => units.length > 0 && units.length === total)
  if (whole !== undefined) {
    const { reason } = leftOutValue.parse(whole[0].value)
    throw badInput(`All ${total} rows were left out: ${reason}`, 'Use a model with a longer context, or shorter texts.')
  }
  const leftOut = counts.flat().length
  return leftOut === 0 ? {} : { left_out: leftOut }
}

const leftOutValue = z.object({ reason: z.string() })

const keepUnit = ({ store, suiteId }: StandaloneContext, part: string, position: number, sample: number, value: unknown): void =>
  store.suites.addUnit(suiteId, part, { position, sample, value })

/** The suite's inputs: as stored at its start, or read now. */
export async function inputsOf<Schema extends z.ZodType>(
  context: StandaloneContext,
  schema: Schema,
  read: () => Promise<readonly z.output<Schema>[]>,
): Promise<z.output<Schema>[]> {
  const { store, suiteId } = context
  const before = store.suites.units(suiteId, inputs)
  if (before.length > 0) return before.map(({ value }) => schema.parse(value))
  const found = await read()
  store.transaction(() => {
    for (const [position, value] of found.entries()) keepUnit(context, inputs, position, 0, value)
  })
  return [...found]
}

/** A row's position, and the sample number of a row that is a single unit. */
interface SuiteRowKey {
  readonly position: number
  readonly sample?: number
}

/** The units of a part. Stored are the fields of the part's schema. */
export function suiteStore<Row extends SuiteRowKey, Value extends object, Schema extends z.ZodObject>(
  context: StandaloneContext,
  part: string,
  schema: Schema,
  seed: (position: number, sample: number) => number = () => 0,
): UnitStore<Row, Value, z.output<Schema> & Required<SuiteRowKey>> {
  const { store, suiteId } = context
  const fields = Object.keys(schema.shape)
  const stored = (value: Value): object => Object.fromEntries(fields.map((field) => [field, value[field as keyof Value]]))
  return {
    stored: () => store.suites.units(suiteId, part).map(({ position, sample, value }) => ({ ...schema.parse(value), position, sample })),
    units(rows, samples) {
      const isDone = doneAmong(store.suites.units(suiteId, part).map(({ position, sample }) => [position, sample]))
      return {
        ...{ rows, samples },
        seed: ({ position }, sample) => seed(position, sample),
        isDone: (row, sample) => isDone(row.position, row.sample ?? sample),
        keep: (row, sample, value) => keepUnit(context, part, row.position, row.sample ?? sample, stored(value)),
        leaveOut: ({ position }, reason) => keepUnit(context, leftOutOf(part), position, 0, { reason }),
      }
    },
  }
}

export const answerValue = z.object({ text: z.string(), finishReason })
export const judgementValue = z.object({ text: z.string(), score: z.number().nullable() })
export const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })
export const scoreValue = z.object({ logprob: z.number(), tokens: z.int() })
