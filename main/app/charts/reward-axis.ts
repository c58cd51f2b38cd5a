import { judges } from '../../loop/judges/judges.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { RewardRange } from '../../shared/reward-range.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'

/** The range of a run's rewards, by its judge; null: any number, or the recipe can't be read. */
export function rewardRangeOf(run: RunRow): RewardRange {
  const { recipe } = readStoredRecipe(run)
  return recipe && judges[recipe.judge.method].range(recipe.judge)
}

/** The interval of a run's rewards: its judge's range, or that of the rewards so far if the judge can give any number. */
export const rewardSpanOf = (store: Store, run: RunRow): readonly [low: number, high: number] =>
  rewardRangeOf(run) ?? store.rewards.span(run.id) ?? [0, 1]
