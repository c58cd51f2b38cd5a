import { isObject } from '../../shared/is-object.ts'
import { iterationStages } from '../../shared/method-stages.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { firstStages, type StageName } from '../../shared/run-events.ts'
import { repeatableStages } from '../../store/queries/discard-queries.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { trainedIn } from '../stages/early-end.ts'
import { isGraded } from './eft-forms.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/** A value of a recipe that has changed. */
export interface ChangedValue {
  readonly key: string // 'dpo.learning_rate'
  readonly before: unknown
  readonly after: unknown
}

/** A stage of the run's current iteration whose unfinished work is discarded. */
export interface RepeatedStage {
  readonly iteration: number
  readonly stage: StageName
}

/** What a change of a started run's recipe would do. */
export interface RecipeChange {
  readonly changed: readonly ChangedValue[]
  /** Values that can't change any more. */
  readonly problems: readonly RecipeProblem[]
  readonly repeated: readonly RepeatedStage[]
}

/** The values that differ, by key. A list counts as one value. */
export function changedValues(before: unknown, after: unknown, path = ''): ChangedValue[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => changedValues(before[name], after[name], path === '' ? name : `${path}.${name}`))
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key: path, before, after }]
}

/** Values that results depend on only by rounding, or not at all. */
const free = /^(?:name|description|batch|chunk|(?:guards|review)(?:\..+)?)$/

/** Values that a whole run has in common. */
const fixed = /^(?:version|seed|random|precision|method)$/

/** What iteration 0 stores for all later ones: the base model, the seed data, and the evaluation's prompts, which are put aside with it. */
const stored = /^(?:base_model|seed_data(?:\..+)?|evaluation\.(?:prompts|count|checks|checks_held_out|checks_count))$/

/** The stages of iteration 0, and of every later one, that read a group of values. */
interface Readers {
  readonly first: readonly StageName[]
  readonly later: readonly StageName[]
}

/** By key, or by the start of the key; the first that fits counts. */
const readersBy = (recipe: Recipe): readonly (readonly [group: string, readers: Readers])[] => {
  const ofGraded: readonly StageName[] = isGraded(recipe) ? ['seed-data', 'eft'] : []
  return [
    ['sft', { first: ['baseline', 'train'], later: recipe.method === 'self-sft' && recipe.self_sft.training === null ? ['train'] : [] }],
    ['reward', { first: ['train'], later: [] }],
    ['prompts', { first: ofGraded, later: ['prompts'] }],
    ['candidates', { first: ofGraded, later: ['candidates'] }],
    ['judge', { first: ['eft', 'evaluate'], later: ['judgements', 'judge-pairs', 'evaluate'] }],
    ['pairs.consistency', { first: [], later: ['judgements', 'pairs'] }],
    ['pairs.agreement', { first: [], later: ['judgements', 'pairs'] }],
    ['pairs', { first: [], later: ['pairs', 'review'] }],
    ['meta', { first: [], later: ['judge-pairs', 'train'] }],
    ['dpo', { first: [], later: ['train'] }],
    ['spin', { first: [], later: ['train'] }],
    ['self_sft', { first: [], later: ['candidates', 'train'] }],
    ['engines.prompts', { first: [], later: ['prompts'] }],
    ['engines.answers', { first: ofGraded, later: ['candidates'] }],
    ['engines.judge', { first: ['eft'], later: ['judgements', 'judge-pairs'] }],
    ['engines.train', { first: ['baseline', 'train'], later: ['train'] }],
    ['engines.evaluate', { first: ['evaluate'], later: ['evaluate'] }],
    ['evaluation', { first: ['evaluate'], later: ['evaluate'] }],
  ]
}

/** The stages of an iteration that read a value. */
function readersOf(key: string, recipe: Recipe, iteration: number): readonly StageName[] {
  if (stored.test(key)) return iteration === 0 ? ['seed-data', 'eft'] : []
  const found = readersBy(recipe).find(([group]) => key === group || key.startsWith(`${group}.`))
  if (found === undefined) return [...firstStages, ...iterationStages(recipe)] // a value that this table doesn't know
  return iteration === 0 ? found[1].first : found[1].later
}

/**
 * What it would take to change a started run's recipe: rows are never made by two values of a setting within an iteration. A value that a
 * finished stage of the current iteration has read can't change; a stage that has started with it starts over; finished iterations stay as they
 * are.
 */
export function recipeChange(store: Store, run: RunRow, before: Recipe, after: Recipe): RecipeChange {
  const isBetween = store.stages.find(run.id, run.iteration, 'evaluate')?.finishedAt != null
  const iteration = isBetween ? run.iteration + 1 : run.iteration
  const changed = changedValues(before, after)
  const repeated = new Map<StageName, RepeatedStage>()
  const problems = changed.flatMap(({ key }): RecipeProblem[] => {
    if (free.test(key)) return []
    if (fixed.test(key)) return [refusal(key, 'The whole run depends on this value.')]
    if (key === 'iterations') {
      return after.iterations >= iteration ? [] : [refusal(key, `The run is in iteration ${iteration} already.`)]
    }
    const readers = readersOf(key, before, iteration)
    if (iteration > 0 && readers.length === 0) return [refusal(key, 'Only iteration 0 uses this value, and it is done.')]
    for (const stage of readers) {
      const row = store.stages.find(run.id, iteration, stage)
      if (row === undefined) continue
      if (row.finishedAt !== null || isMade(store, run, stage)) return [refusal(key, `The stage "${stage}" has used this value already.`)]
      if (!repeatableStages.has(stage)) return [refusal(key, `The stage "${stage}" is in progress and can't start over.`)]
      repeated.set(stage, { iteration, stage })
    }
    return []
  })
  return { changed, problems, repeated: [...repeated.values()] }
}

/** Whether a training's model is complete, although its stage isn't. */
const isMade = (store: Store, { id, iteration }: RunRow, stage: StageName): boolean =>
  (stage === 'train' || stage === 'baseline') && store.models.find(id, trainedIn(iteration, stage)) !== undefined

const refusal = (key: string, message: string): RecipeProblem => ({
  key,
  message,
  remedy: 'Keep the value, or start a new run from this one’s recipe.',
})
