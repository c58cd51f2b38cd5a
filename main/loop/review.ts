import { badInput } from '../common/errors.ts'
import type { RunRow } from '../store/runs.ts'
import { note, type Stage } from './context.ts'
import type { StageSummary } from './run-stage.ts'
import { storedRecipe } from './stored-recipe.ts'
import { outcomesOf } from './training-pairs.ts'

/**
 * The user's turn. Where the recipe says so, the run waits here until the review is confirmed, also where the judge's rewards made no pair: a user
 * can break ties. What the user decided by then counts instead of the judge. Otherwise it goes on with the decisions there are.
 */
export async function review(stage: Stage): Promise<'unfinished' | StageSummary> {
  const { store, runId, iteration } = stage
  const outcomes = outcomesOf(stage)
  const pairs = outcomes.filter(({ pair }) => !pair.dropped).length
  const reviewed = outcomes.filter(({ because }) => because !== 'judge').length
  if (store.prompts.accepted(runId, iteration).length > 0 && waits(store.runs.resolve(runId), iteration)) {
    note(stage, `${pairs} pairs wait for your review. Confirm it to train on them.`)
    return 'unfinished'
  }
  if (reviewed > 0) note(stage, `The user decided about ${reviewed} of ${outcomes.length} pairs.`)
  return { pairs, reviewed }
}

/** Whether an iteration still waits for its review, as the store says now: both may have changed while the run went on. */
const waits = (run: RunRow, iteration: number): boolean => storedRecipe(run).review.wait && run.reviewedIteration !== iteration

/** Whether a run waits for the user, who is to review the pairs of its iteration and to confirm that. */
export const isUnreviewed = (run: RunRow): boolean => run.status === 'waiting' && waits(run, run.iteration)

/** Throws where a start would train on pairs that the user wants to review first. */
export function refuseUnreviewed(run: RunRow): void {
  if (!isUnreviewed(run)) return
  throw badInput(
    `Run ${run.id} waits for your review of iteration ${run.iteration}; starting it does not train.`,
    `Review its pairs, then confirm: laurel run resume ${run.id} --reviewed.`,
  )
}
