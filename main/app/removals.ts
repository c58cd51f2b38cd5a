import type { Store } from '../store/store.ts'
import { evaluationJob } from '../store/tables/jobs-table.ts'
import type { DataSets } from './datasets/data-sets.ts'
import type { EnginesApi } from './engines/engines.ts'
import type { EvaluationsApi } from './evaluations/evaluations.ts'
import { pendingRemovals } from './jobs/pending-removals.ts'
import { refuseUsed } from './runs/remove-run.ts'

interface RemovalsOptions {
  readonly store: Store
  readonly home: string
  readonly removeRun: (id: string) => Promise<void>
  readonly dataSets: Pick<DataSets, 'remove'>
  readonly engines: Pick<EnginesApi, 'mustBeUnused' | 'remove'>
  readonly evaluations: Pick<EvaluationsApi, 'mustBeIdle' | 'remove'>
  readonly log?: (source: string, text: string) => void
  readonly delayMs?: number
}

/** What the user has removed and can still get back, by kind. */
export function removalsOf({ store, home, removeRun, dataSets, engines, evaluations, ...options }: RemovalsOptions) {
  /** Keeps a job from starting. Throws BUSY if a process runs it. */
  const holdJob = (job: string): (() => void) => {
    store.jobs.leaveQueue(job)
    const token = store.jobs.reserve(job)
    return () => store.jobs.release(job, token)
  }
  const all = {
    /** Throws BUSY if a process runs it, and BAD_INPUT if something depends on it. */
    runs: pendingRemovals<string>({
      ...{ noun: 'run', remove: removeRun, ...options },
      hold: (id, going) => {
        refuseUsed(store, home, id, going)
        return holdJob(id)
      },
    }),
    evaluations: pendingRemovals<number>({
      ...{ noun: 'evaluation', remove: evaluations.remove, ...options },
      hold: (id) => {
        evaluations.mustBeIdle(id)
        return holdJob(evaluationJob(id))
      },
    }),
    /** Whether it may be removed is a question to the data library, before. */
    dataSets: pendingRemovals<string>({ noun: 'data set', remove: dataSets.remove, ...options }),
    chats: pendingRemovals<number>({ noun: 'chat', remove: store.chats.remove, ...options }),
    engines: pendingRemovals<string>({
      ...{ noun: 'engine', remove: engines.remove, ...options },
      hold: (name) => {
        engines.mustBeUnused(name)
        return () => {}
      },
    }),
  }
  return {
    ...all,
    /** Carries out all of them now. */
    async close(): Promise<void> {
      for (const removals of Object.values(all)) await removals.close()
    },
  }
}
export type Removals = ReturnType<typeof removalsOf>
