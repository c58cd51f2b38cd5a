import { z } from 'zod'
import { badInput } from '../../common/errors.ts'
import type { Store } from '../../store/store.ts'
import type { SuiteUnit } from '../../store/suites.ts'
import type { Checker, EngineWork } from '../context.ts'
import type { Recipe } from '../recipe.ts'

/** What an evaluation by hand works with. */
export interface SuiteContext extends EngineWork {
  readonly suiteId: number
  readonly store: Store
  /** Evaluations from outside that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
}

/** The part of a suite's units that it was asked about: kept, so that an evaluation does not change because a file did. */
export const inputs = 'inputs'

/** Every unit of a part that is done, by its place. */
export function doneUnits<Schema extends z.ZodType>(
  { store, suiteId }: SuiteContext,
  part: string,
  schema: Schema,
): (z.output<Schema> & Pick<SuiteUnit, 'position' | 'sample'>)[] {
  return store.suites
    .units(suiteId, part)
    .map(({ position, sample, value }) => ({ ...(schema.parse(value) as object), position, sample }) as never)
}

const leftOutOf = (part: string): string => `${part}, left out`

/** Note a row of a part that can't be done, and why. */
export const leaveUnitOut = (context: SuiteContext, part: string, position: number, reason: string): void =>
  keepUnit(context, leftOutOf(part), position, 0, { reason })

/**
 * How many rows of some parts were left out, as a figure; nothing where none was. Throws BAD_INPUT where that is all
 * `total` rows of a part: there is nothing to measure.
 */
export function leftOutFigure({ store, suiteId }: SuiteContext, parts: readonly string[], total: number): { left_out?: number } {
  const counts = parts.map((part) => store.suites.units(suiteId, leftOutOf(part)))
  const whole = counts.find((units) => units.length > 0 && units.length === total)
  if (whole !== undefined) {
    const { reason } = leftOutValue.parse(whole[0].value)
    throw badInput(`All ${total} rows had to be left out: ${reason}`, 'Use a model with a longer context, or shorter texts.')
  }
  const leftOut = counts.flat().length
  return leftOut === 0 ? {} : { left_out: leftOut }
}

const leftOutValue = z.object({ reason: z.string() })

export const keepUnit = ({ store, suiteId }: SuiteContext, part: string, position: number, sample: number, value: unknown): void =>
  store.suites.addUnit(suiteId, part, { position, sample, value })

/** What the suite is asked about: as it was read when the suite began, or read now. */
export async function inputsOf<Schema extends z.ZodType>(
  context: SuiteContext,
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

/** The sample numbers 0 .. count-1 of a place that are not done. */
export function lackingAt(done: readonly Pick<SuiteUnit, 'position' | 'sample'>[], count: number): (position: number) => Set<number> {
  const known = new Set(done.map(({ position, sample }) => `${position}/${sample}`))
  return (position) => new Set(Array.from({ length: count }, (_, sample) => sample).filter((sample) => !known.has(`${position}/${sample}`)))
}

export const answerValue = z.object({ text: z.string(), finishReason: z.enum(['stop', 'length']) })
export const judgementValue = z.object({ text: z.string(), score: z.number().nullable() })
export const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })
export const scoreValue = z.object({ logprob: z.number(), tokens: z.int() })
