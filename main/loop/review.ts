import { note, type Stage } from './context.ts'
import { recipe } from './recipe.ts'
import type { StageSummary } from './run-stage.ts'

/**
 * The person's turn. Where the recipe says so, the run waits here until it is resumed; reviews given by then outrank the judge. Otherwise it
 * goes on with the reviews there are.
 */
export async function review(stage: Stage, hasWaited: boolean): Promise<'unfinished' | StageSummary> {
  const { store, runId, iteration } = stage
  const pairs = store.pairs.ofIteration(runId, iteration).length
  const reviewed = store.reviews.newest(runId, iteration).size
  if (!hasWaited && pairs > 0 && waits(stage)) {
    note(stage, `${pairs} pairs wait for review; resume the run to go on.`)
    return 'unfinished'
  }
  if (reviewed > 0) note(stage, `${reviewed} of ${pairs} pairs were reviewed by a person.`)
  return { pairs, reviewed }
}

/** As the store says now: a person may have changed it while the run went on. */
const waits = ({ store, runId }: Stage): boolean => recipe.parse(store.runs.resolve(runId).recipe).review.wait
