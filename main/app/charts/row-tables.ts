import { z } from 'zod'
import { rewardOf } from '../../loop/preferences/pair-rules.ts'
import { isRewarded } from '../../loop/recipe/eft-forms.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import { rewardPairs } from '../../loop/stages/reward-pairs.ts'
import { checkpointKind } from '../../shared/checkpoint-choice.ts'
import type { LoggedEvent, RowsInput, Sample, SampleSet } from '../../shared/contract/rows-contract.ts'
import { type RunEvent, runEvent } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'

const batches = z.object({ batch_size: z.int().min(1), gradient_accumulation: z.int().min(1).default(1) })

/** Rows per optimizer step of a training (steps count from 1). The last step of an epoch gets the remainder. */
export function rowsOfSteps({ rows, config }: Pick<TrainingRow, 'rows' | 'config'>): { full: number; of(step: number): number } {
  const found = batches.safeParse(config)
  if (!found.success || rows < 1) return { full: 1, of: () => 1 } // batch size unknown: treat all steps alike
  const size = found.data.batch_size * found.data.gradient_accumulation
  const perEpoch = Math.ceil(rows / size)
  const last = rows - (perEpoch - 1) * size
  return { full: Math.min(size, rows), of: (step) => (step % perEpoch === 0 ? last : size) }
}

const rejectedOnly = { all: null, accepted: false, rejected: true } as const

/** What a run generated, page by page. */
export function readRows(store: Store) {
  const idOf = (runId: string): string => store.runs.resolve(runId).id
  const { counts, stageRows } = store
  return {
    prompts({ runId, iteration, show, ...slice }: RowsInput['prompts']) {
      const id = idOf(runId)
      const { accepted, rejected } = counts.prompts(id, iteration)
      const total = { all: accepted + rejected, accepted, rejected }[show]
      return { total, rows: stageRows.prompts(id, iteration, rejectedOnly[show], slice) }
    },
    candidates({ runId, iteration, ...slice }: RowsInput['candidates']) {
      const id = idOf(runId)
      return { total: counts.candidates(id, iteration), rows: stageRows.candidates(id, iteration, slice) }
    },
    judgements({ runId, iteration, onlyUnreadable, ...slice }: RowsInput['judgements']) {
      const id = idOf(runId)
      const { judgements, unreadable } = counts.judgements(id, iteration)
      const rows = stageRows.judgements(id, iteration, onlyUnreadable, slice)
      return { total: onlyUnreadable ? unreadable : judgements, rows }
    },
    pairs({ runId, iteration, ...slice }: RowsInput['pairs']) {
      const id = idOf(runId)
      return { total: counts.pairs(id, iteration), rows: stageRows.pairs(id, iteration, slice) }
    },
    /** The pairs that M1 is trained on as a judge: a function of the stored seed data, computed again. */
    rewardPairs({ runId, kind, offset, limit }: RowsInput['rewardPairs']) {
      const run = store.runs.resolve(runId)
      const { recipe } = readStoredRecipe(run)
      if (recipe === null || !isRewarded(recipe)) return { total: 0, rows: [] }
      const pairs = rewardPairs({ store, runId: run.id, recipe })[kind]
      const rows = pairs.slice(offset, offset + limit).map(({ prompt, better, worse }, i) => ({ id: offset + i, prompt, better, worse }))
      return { total: pairs.length, rows }
    },
    judgePairs({ runId, iteration, ...slice }: RowsInput['judgePairs']) {
      const id = idOf(runId)
      return { total: store.judgePairs.count(id, iteration), rows: store.judgePairs.ofIteration(id, iteration, slice) }
    },
    examples({ runId, kind, ...slice }: RowsInput['examples']) {
      const id = idOf(runId)
      return { total: store.examples.count(id, kind), rows: stageRows.examples(id, kind, slice) }
    },
    sampleSets: ({ runId }: RowsInput['sampleSets']) => sampleSetsOf(store, idOf(runId)),
    samples({ runId, purpose, offset, limit }: RowsInput['samples']) {
      const id = idOf(runId)
      const set = sampleSetsOf(store, id).find((other) => other.purpose === purpose)
      return set === undefined ? { total: 0, rows: [] } : { total: set.prompts, rows: samplesOf(store, id, set, offset, offset + limit) }
    },
    log: ({ runId, before, limit }: RowsInput['log']) => logOf(store, idOf(runId), before, limit),
  }
}

/** The evaluation prompt sets that models of a run have answered, each with its models in the order of training. */
export function sampleSetsOf(store: Store, runId: string): SampleSet[] {
  const order = store.models.ofRun(runId).map(({ name }) => name)
  const ofModels = store.answers.counts(runId).filter(({ purpose }) => purpose !== checkpointKind)
  const byPurpose = Map.groupBy(ofModels, ({ purpose }) => purpose)
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
