import { samplesOf } from '../../loop/judges/judge-work.ts'
import { repeatedIterations } from '../../loop/preferences/training-pairs.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import { candidatesPerPrompt } from '../../loop/stages/candidates.ts'
import type { Timeline, TimelineStage } from '../../shared/contract/charts-contract.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { StageName } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { PlannedStage, RunRow } from '../../store/tables/runs-table.ts'
import { type LikelyRange, likelyRange, runsToLearnFrom, spreadOfOne, unknownSpread } from '../runs/learned-times.ts'

/** How long a finished stage took per item of its recipe. */
export interface StagePace {
  readonly kind: string
  readonly seconds: number
}

/** How long what other runs took is remembered, milliseconds. */
const rememberedMs = 60_000

/** The least spread of several finished stages. */
const least = 1.15

/** The work of a stage, in items that its recipe states. Times of runs of different size are compared by it. */
function sizeOf(recipe: Recipe, iteration: number, stage: StageName): number {
  const { prompts, candidates, judge, evaluation } = recipe
  const responses = prompts.count * candidatesPerPrompt(recipe)
  switch (stage) {
    case 'prompts':
      return prompts.count * prompts.max_new_tokens
    case 'candidates':
      return responses * candidates.max_new_tokens
    case 'judgements':
      return responses * samplesOf(judge) * judge.max_new_tokens
    case 'pairs':
    case 'judge-pairs':
      return responses
    case 'train':
      return iteration === 0
        ? (recipe.sft?.epochs ?? 1) * recipe.seed_data.ift_limit
        : prompts.count * (1 + repeatedIterations({ recipe, iteration }).length) * recipe.dpo.epochs * candidates.max_new_tokens
    case 'evaluate':
      return Math.max(1, evaluation.count) * evaluation.max_new_tokens
    default:
      return 1
  }
}

/** Stages whose times are alike: iteration 0 fine-tunes, the second evaluation has a further opponent. */
const kindOf = (iteration: number, stage: StageName): string =>
  `${iteration === 0 ? 'first' : stage === 'evaluate' && iteration > 1 ? 'second' : 'later'} ${stage}`

interface FinishedStage {
  readonly iteration: number
  readonly stage: StageName
  readonly seconds: number
}

/** What finished stages of a run took, by kind and per item. */
export const pacesOf = (recipe: Recipe, stages: readonly FinishedStage[]): StagePace[] =>
  stages.flatMap(({ iteration, stage, seconds }) =>
    stage === 'review' ? [] : [{ kind: kindOf(iteration, stage), seconds: seconds / sizeOf(recipe, iteration, stage) }],
  )

/** The paces of other finished runs of the same base model, remembered for a while: the timeline is asked for every second. */
export function otherPaces(store: Store, now: () => number = Date.now) {
  const known = new Map<string, { readonly at: number; readonly paces: readonly StagePace[] }>()
  return (run: RunRow, { base_model }: Recipe): readonly StagePace[] => {
    if (run.engine === null) return []
    const before = known.get(run.id)
    if (before !== undefined && now() - before.at < rememberedMs) return before.paces
    const paces = runsToLearnFrom(store, run.engine).flatMap((other) => {
      const { recipe } = readStoredRecipe(other)
      if (other.id === run.id || recipe === null || recipe.base_model !== base_model) return []
      return pacesOf(
        recipe,
        store.stages.ofRun(other.id).filter(({ finishedAt }) => finishedAt !== null),
      )
    })
    known.set(run.id, { at: now(), paces })
    return paces
  }
}

interface Learned {
  /** What the run was estimated to take before it was created. */
  readonly planned: readonly PlannedStage[] | null
  /** What other runs took. */
  readonly others: readonly StagePace[]
}

/**
 * The likely range of the remaining time: of each open stage from what the same stage took in this run's earlier iterations, else in other
 * finished runs, else as it was estimated, corrected by how far this run's finished stages were from their estimates. Null: a stage is
 * unknown, or nothing is left. Time that a user takes for reviews isn't included.
 */
export function timeLeft(stages: readonly TimelineStage[], recipe: Recipe, { planned, others }: Learned): Timeline['left'] {
  const open = stages.filter(({ state, stage }) => state !== 'done' && stage !== 'review')
  if (open.length === 0) return null
  const done = stages.filter(({ state }) => state === 'done')
  const own = pacesOf(recipe, done)
  const estimated = plannedBy(planned, recipe.iterations)
  const correction = likelyRange(
    done.flatMap(({ iteration, stage, seconds }) => {
      const estimate = estimated(iteration, stage)
      return estimate === null || estimate < 1 ? [] : [seconds / estimate]
    }),
    least,
  )
  const sum = { low: 0, high: 0 }
  for (const stage of open) {
    const kind = kindOf(stage.iteration, stage.stage)
    const size = sizeOf(recipe, stage.iteration, stage.stage)
    const pacesLike = (paces: readonly StagePace[]): number[] => paces.flatMap((pace) => (pace.kind === kind ? [pace.seconds * size] : []))
    const estimate = estimated(stage.iteration, stage.stage)
    const whole =
      likelyRange(pacesLike(own), least) ??
      likelyRange(pacesLike(others), least) ??
      (estimate === null
        ? null
        : {
            middle: estimate * (correction?.middle ?? 1),
            spread: correction === null ? unknownSpread : Math.max(spreadOfOne, correction.spread),
          })
    if (whole === null) return null
    const left = remaining(stage, whole)
    sum.low += left.middle / left.spread
    sum.high += left.middle * left.spread
  }
  return sum
}

/** Once a part of a stage is done, its own pace tells the most. */
function remaining({ state, seconds, made, of }: TimelineStage, whole: LikelyRange): LikelyRange {
  if (state !== 'current') return whole
  const share = made !== null && of !== null && of > 0 ? made / of : 0
  if (share >= 0.1) return { middle: Math.max(0, (seconds * (1 - share)) / share), spread: least }
  return { ...whole, middle: Math.max(0, whole.middle - seconds) }
}

/** The estimate of a stage; one entry covers all iterations from the second on. */
function plannedBy(planned: readonly PlannedStage[] | null, iterations: number) {
  return (iteration: number, stage: StageName): number | null => {
    const found = planned?.find((one) => one.stage === stage && one.iteration === Math.min(iteration, 2))
    if (found !== undefined) return iteration >= 2 ? found.seconds / Math.max(1, iterations - 1) : found.seconds
    return planned === null ? null : stage === 'pairs' ? 1 : null
  }
}
