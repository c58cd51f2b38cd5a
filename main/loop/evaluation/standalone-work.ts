import { z } from 'zod'
import { generators, type RandomGenerator } from '../../common/random.ts'
import { badInput } from '../../shared/errors.ts'
import type { EvaluationSettings } from '../../shared/evaluation-settings.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import type { Checker, EngineWork } from '../run-context.ts'
import type { Units } from '../stage-work.ts'
import { headToHeadAnswers } from './compare-models.ts'
import { type EvaluationOwner, type EvaluationWork, leftOut, type NamedModel, type UnitSeeds } from './units.ts'

/** What an evaluation requested by hand needs. */
export interface StandaloneContext extends EngineWork {
  /** What the judge needs: the same, or an engine elsewhere. */
  readonly judge: Pick<EngineWork, 'engine' | 'recipe'>
  readonly evaluationId: number
  readonly store: Store
  /** External evaluations that belong to a recipe (the demo's grading program). */
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
}

export interface StandaloneWork extends StandaloneContext, EvaluationWork {}

/** The same work, for what the judge does. */
export const judging = (work: StandaloneWork): StandaloneWork => ({ ...work, ...work.judge })

/** The models' names among the units: settings may give two models the same label. */
export type Role = 'own' | 'other' | 'judge'
export const as = (name: Role, { path }: { readonly path: string }): NamedModel => ({ name, path })

const seedsOf = (seed: number, { deriveSeed }: RandomGenerator): UnitSeeds => ({
  answer: (purpose, model, position) =>
    purpose === headToHeadAnswers ? deriveSeed(seed, 'answers', model, position) : deriveSeed(seed, 'check', purpose, position),
  judgement: (_, model, position, sample) => deriveSeed(seed, 'judgements', model, position, sample),
  ranked: (_, position, sample) => deriveSeed(seed, 'judgements', position, sample),
})

/** The owner of the units of an evaluation requested by hand. */
export const standaloneOwner = (
  { store, evaluationId }: Pick<StandaloneContext, 'store' | 'evaluationId'>,
  settings: EvaluationSettings,
): EvaluationOwner => ({
  ...{ store, key: { evaluationId }, seeds: seedsOf('seed' in settings ? settings.seed : 0, generators[settings.random]) },
  ...{ sameModel: () => undefined, reported: <Row, Value>(units: Units<Row, Value>): Units<Row, Value> => units },
})

/** Stores how many units there are. */
export const setTotal = ({ store, evaluationId }: StandaloneWork, units: number): void => store.evaluations.setTotal(evaluationId, units)

/** The evaluation's inputs: as stored at its start, so that it doesn't change with a file, or read now. */
export async function inputsOf<Schema extends z.ZodType>(
  { store, owner: { key } }: StandaloneWork,
  schema: Schema,
  read: () => Promise<readonly z.output<Schema>[]>,
): Promise<z.output<Schema>[]> {
  const before = store.evaluationUnits.of(key, ['inputs'])
  if (before.length > 0) return before.map(({ value }) => schema.parse(value))
  const found = await read()
  store.transaction(() => {
    for (const [position, value] of found.entries()) store.evaluationUnits.add(key, ['inputs'], { position, sample: 0, value })
  })
  return [...found]
}

const leftOutValue = z.object({ reason: z.string() })

/**
 * The number of rows that were left out, of all parts or of one, as a figure, omitted if zero. Throws BAD_INPUT if it is all `total` rows of
 * a part: there is nothing to measure.
 */
export function leftOutFigure({ store, owner: { key } }: StandaloneWork, total: number, only?: readonly string[]): { left_out?: number } {
  const wanted = only === undefined ? undefined : JSON.stringify([leftOut, ...only])
  const rows = store.evaluationUnits.within(key, [leftOut]).map(({ part, ...row }) => ({ ...row, part: JSON.stringify(part) }))
  const parts = [...Map.groupBy(rows, ({ part }) => part)]
    .filter(([part]) => wanted === undefined || part === wanted)
    .map(([, units]) => ({ value: units[0].value, count: new Set(units.map(({ position }) => position)).size }))
  const whole = parts.find(({ count }) => count === total)
  if (whole !== undefined) {
    const { reason } = leftOutValue.parse(whole.value)
    throw badInput(`All ${total} rows were left out: ${reason}`, 'Use a model with a longer context, or shorter texts.')
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  return count === 0 ? {} : { left_out: count }
}
