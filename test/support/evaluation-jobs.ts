import { afterEach } from 'vitest'
import { evaluationJobs } from '../../main/app/evaluations/evaluation-jobs.ts'
import { type EvaluationsApi, evaluationsApi } from '../../main/app/evaluations/evaluations.ts'
import { type JobKind, JobQueue } from '../../main/app/jobs/job-queue.ts'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { openEngine } from '../../main/engine/hosts/open-engine.ts'
import type { Checker } from '../../main/loop/run-context.ts'
import { isActive } from '../../main/shared/contract/runs-contract.ts'
import type { Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from './stand-in-engine.ts'
import { withTinyStore } from './tiny-store.ts'

export interface EvaluationJobs extends EvaluationsApi {
  launch(): void
  close(): Promise<void>
}

interface Options {
  readonly startEngine: () => Promise<Engine>
  readonly checkers?: readonly Checker[]
  readonly log?: (source: string, text: string) => void
}

/** What an application creates for evaluations by hand at startup, without runs. */
export function evaluationJobsOn(store: Store, { startEngine, checkers = [], log }: Options): EvaluationJobs {
  const evaluation = evaluationJobs({
    ...{ store, bench: workbench(startEngine), checkersOf: () => checkers, log },
    openEngine: (engine, onUsage) => openEngine(engine, { home: '', key: null, onUsage }),
  })
  const none: JobKind = {
    ...evaluation,
    isUnattended: false,
    begin() {
      throw new Error('no runs here')
    },
  }
  const queue = new JobQueue({ store, kinds: { run: none, evaluation }, log })
  return { ...evaluationsApi(store, queue), launch: () => queue.launch(), close: () => queue.close() }
}

/** Waits until nothing is queued or running. */
export async function settled(jobs: EvaluationJobs): Promise<ReturnType<EvaluationJobs['list']>> {
  for (;;) {
    const list = jobs.list()
    if (list.every(({ status }) => status !== 'queued' && !isActive(status))) return list
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * Like `withTinyStore`, and opens evaluation jobs on the store that are closed after each test; `engine` is started for them, a stand-in if it is
 * given by its options.
 */
export function withEvaluationJobs(set: Parameters<typeof withTinyStore>[0]) {
  const open: EvaluationJobs[] = []
  let current: Store
  withTinyStore((tiny) => {
    current = tiny.store
    set(tiny)
  })
  afterEach(async () => void (await Promise.all(open.splice(0).map((jobs) => jobs.close()))))
  return (engine: Engine | StandInOptions = {}, options: Omit<Options, 'startEngine'> = {}): EvaluationJobs => {
    const startEngine = async () => ('info' in engine ? engine : standInEngine(engine))
    const jobs = evaluationJobsOn(current, { startEngine, ...options })
    open.push(jobs)
    return jobs
  }
}
