import { rewardOf } from '../../loop/preferences/pair-rules.ts'
import type { LoggedEvent, Sample, SampleSet } from '../../shared/contract/rows-contract.ts'
import { type RunEvent, runEvent } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'

/** The evaluation prompt sets that models of a run have answered, each with its models in the order of training. */
export function sampleSetsOf(store: Store, runId: string): SampleSet[] {
  const order = store.models.ofRun(runId).map(({ name }) => name)
  const byPurpose = Map.groupBy(store.answers.counts(runId), ({ purpose }) => purpose)
  return [...byPurpose].map(([purpose, counts]) => ({
    purpose,
    prompts: Math.max(...counts.map(({ count }) => count)),
    models: counts.map(({ model }) => model).sort((a, b) => order.indexOf(a) - order.indexOf(b)),
  }))
}

/** Each model's answer to the same prompts, with its reward if a judge scored it. */
export function samplesOf(store: Store, runId: string, { purpose, models }: SampleSet, from: number, to: number): Sample[] {
  const prompts = new Map<number, Sample>()
  for (const model of models) {
    for (const { position, instruction, scores, ...answer } of store.answers.between(runId, model, purpose, from, to)) {
      const sample = prompts.get(position) ?? { position, instruction, answers: [] }
      prompts.set(position, sample)
      sample.answers.push({ model, ...answer, score: rewardOf(scores) })
    }
  }
  return [...prompts.values()].sort((a, b) => a.position - b.position)
}

/** A page of the log, oldest first. Skips events of a newer Laurel, which this version can't read. */
export function logOf(store: Store, runId: string, before: number | null, limit: number): { events: LoggedEvent[]; hasMore: boolean } {
  const rows = store.events.newest(runId, before, limit + 1)
  const events = rows
    .slice(0, limit)
    .map(({ id, at, event }) => ({ id, at, event: runEvent.safeParse(event).data }))
    .filter((row): row is { id: number; at: string; event: RunEvent } => row.event !== undefined)
  return { events: events.reverse(), hasMore: rows.length > limit }
}
