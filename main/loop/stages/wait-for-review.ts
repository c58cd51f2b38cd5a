import { inTurns } from '../../common/steps.ts'
import { badInput } from '../../shared/errors.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { warnOfTraining } from '../guards.ts'
import { isByUser } from '../preferences/pair-rules.ts'
import { outcomesOf } from '../preferences/training-pairs.ts'
import { storedRecipe } from '../recipe/stored-recipe.ts'
import { note, type Stage } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'

/**
 * The user's turn. If the recipe says so, the run waits here until the user confirms the review, even if the judge's rewards made no pair:
 * the user can break ties. The user's decisions so far take precedence over the judge. Otherwise the run continues with the decisions there
 * are.
 */
export async function review(stage: Stage): Promise<'unfinished' | StageSummary> {
  const { store, runId, iteration } = stage
  const { all, pairs, reviewed, training } = await inTurns(counting(stage), stage.signal)
  if (store.counts.prompts(runId, iteration).accepted > 0 && waits(store.runs.resolve(runId), iteration)) {
    note(stage, `${pairs} pairs are waiting for your review. Confirm the review to train on them.`)
    return 'unfinished'
  }
  if (reviewed > 0) note(stage, `The user reviewed ${reviewed} of ${all} pairs.`)
  warnOfTraining(stage, training, stage.recipe.dpo)
  return { pairs, reviewed }
}

function* counting(stage: Stage) {
  const counts = { all: 0, pairs: 0, reviewed: 0, training: 0 }
  for (const { pair, because, trains } of outcomesOf(stage)) {
    counts.all++
    if (!pair.dropped) counts.pairs++
    if (isByUser(because)) counts.reviewed++
    if (trains !== undefined) counts.training++
    yield
  }
  return counts
}

/** Whether an iteration still waits for its review. Reads the store, since recipe and review may have changed during the run. */
const waits = (run: RunRow, iteration: number): boolean => storedRecipe(run).review.wait && run.reviewedIteration !== iteration

/** Whether a run waits for the user to confirm the review of its iteration. */
export const isUnreviewed = (run: RunRow): boolean => run.status === 'waiting-for-review' && waits(run, run.iteration)

/** Throws if a start would train on pairs that the user wants to review first. */
export function refuseUnreviewed(run: RunRow): void {
  if (!isUnreviewed(run)) return
  throw badInput(
    `Run ${run.id} is waiting for your review of iteration ${run.iteration}, so starting it doesn't train.`,
    `Review its pairs, then confirm: laurel run resume ${run.id} --reviewed.`,
  )
}
