import { note, type Stage } from './context.ts'
import { recipe } from './recipe.ts'
import type { StageSummary } from './run-stage.ts'
import { outcomesOf } from './training-pairs.ts'

/**
 * The person's turn. Where the recipe says so, the run waits here until it is resumed, also where the judge's rewards made no pair: a person can
 * break ties. What a person decided by then outranks the judge. Otherwise it goes on with the decisions there are.
 */
export async function review(stage: Stage, hasWaited: boolean): Promise<'unfinished' | StageSummary> {
  const { store, runId, iteration } = stage
  const outcomes = outcomesOf(stage)
  const pairs = outcomes.filter(({ pair }) => !pair.dropped).length
  const reviewed = outcomes.filter(({ because }) => because !== 'judge').length
  if (!hasWaited && store.prompts.accepted(runId, iteration).length > 0 && waits(stage)) {
    note(stage, `${pairs} pairs wait for review; resume the run to go on.`)
    return 'unfinished'
  }
  if (reviewed > 0) note(stage, `A person decided about ${reviewed} of ${outcomes.length} pairs.`)
  return { pairs, reviewed }
}

/** As the store says now: a person may have changed it while the run went on. */
const waits = ({ store, runId }: Stage): boolean => recipe.parse(store.runs.resolve(runId).recipe).review.wait
