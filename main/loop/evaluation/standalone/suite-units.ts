import { z } from 'zod'
import { finishReason } from '../../../shared/engine-protocol.ts'
import { badInput } from '../../../shared/errors.ts'
import type { Recipe } from '../../../shared/recipe.ts'
import type { Store } from '../../../store/store.ts'
import type { SuiteUnit } from '../../../store/tables/suites-table.ts'
import type { Checker, EngineWork } from '../../run-context.ts'
import { doneAmong, type Units } from '../../stage-work.ts'

/** What a standalone evaluation needs. */
export interface StandaloneContext extends EngineWork {
  readonly suiteId: number
  readonly store: Store
  /** External evaluations that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
}

/** The part of a suite that holds its inputs: stored, so that an evaluation doesn't change with a file. */
export const inputs = 'inputs'

/** The finished units of a part, with their positions. */
export function doneUnits<Schema extends z.ZodType>(
  { store, suiteId }: StandaloneContext,
  part: string,
  schema: Schema,
): (z.output<Schema> & Pick<SuiteUnit, 'position' | 'sample'>)[] {
  return store.suites
    .units(suiteId, part)
    .map(({ position, sample, value }) => ({ ...(schema.parse(value) as object), position, sample }) as never)
}

const leftOutOf = (part: string): string => `${part}, left out`

/** Records that a row of a part can't be processed, and why. */
const leaveUnitOut = (context: StandaloneContext, part: string, position: number, reason: string): void =>
  keepUnit(context, leftOutOf(part), position, 0, { reason })

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

/** Units of a part, stored with the fields of the part's schema. */
export function suiteUnits<Row extends SuiteRowKey, Value extends object>(
  context: StandaloneContext,
  part: string,
  schema: z.ZodObject,
  { rows, samples, seed }: Pick<Units<Row, Value>, 'rows' | 'samples' | 'seed'>,
): Units<Row, Value> {
  const { store, suiteId } = context
  const isDone = doneAmong(store.suites.units(suiteId, part).map(({ position, sample }) => [position, sample]))
  const fields = Object.keys(schema.shape)
  return {
    rows,
    samples,
    seed,
    isDone: (row, sample) => isDone(row.position, row.sample ?? sample),
    keep: (row, sample, value) =>
      keepUnit(
        context,
        part,
        row.position,
        row.sample ?? sample,
        Object.fromEntries(fields.map((field) => [field, value[field as keyof Value]])),
      ),
    leaveOut: ({ position }, reason) => leaveUnitOut(context, part, position, reason),
  }
}

export const answerValue = z.object({ text: z.string(), finishReason })
export const judgementValue = z.object({ text: z.string(), score: z.number().nullable() })
export const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })
export const scoreValue = z.object({ logprob: z.number(), tokens: z.int() })
