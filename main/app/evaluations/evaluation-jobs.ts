import type { Engine } from '../../engine/hosts/engine.ts'
import type { RequestUsage } from '../../engine/hosts/reporting-engine.ts'
import { stoppableEngine } from '../../engine/hosts/stoppable-engine.ts'
import { hasAnswers, judgeEngineOf } from '../../loop/evaluation/judge-engine.ts'
import { measureStandalone } from '../../loop/evaluation/standalone-evaluation.ts'
import { beginJob } from '../../loop/job-session.ts'
import type { Checker } from '../../loop/run-context.ts'
import { storingUsage } from '../../loop/run-engines.ts'
import type { ConfiguredEngine } from '../../shared/engine-settings.ts'
import { isStopped, LaurelError } from '../../shared/errors.ts'
import { evaluationSettings, type Figures } from '../../shared/evaluation-settings.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { evaluationJob } from '../../store/tables/jobs-table.ts'
import type { JobKind } from '../jobs/job-queue.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { mustBeIdle } from './probes.ts'

interface EvaluationJobsOptions {
  readonly store: Store
  readonly bench: SharedEngine
  /** Opens a configured engine, with its key. */
  readonly openEngine: (engine: ConfiguredEngine, onUsage: (usage: RequestUsage) => void) => Promise<Engine>
  readonly checkersOf: (recipe: Recipe) => readonly Checker[]
  readonly log?: (source: string, text: string) => void
}

/** Engine request size of an evaluation: small, so that a chat doesn't wait long between two requests. */
export const portion = { batch: 32, chunk: 32 }
/** The same on an engine elsewhere, where no chat waits. */
const portionElsewhere = { batch: 256, chunk: 256 }

/** Evaluations by hand as jobs. */
export function evaluationJobs({ store, bench, openEngine, checkersOf, log = () => {} }: EvaluationJobsOptions): JobKind {
  const find = (jobId: string) => store.evaluations.find(store.jobs.find(jobId)?.evaluationId ?? -1)
  return {
    isUnattended: true,
    nameOf: (jobId) => find(jobId).title,
    mustBeStartable(jobId) {
      const { status, settings } = find(jobId)
      if (status === 'finished') throw new LaurelError('BAD_INPUT', 'The evaluation is already finished.', 'Start a new one.')
      if (store.jobs.isWorkedOn(jobId))
        throw new LaurelError('BUSY', 'Another process is working on the evaluation.', 'Wait for it, or pause it.')
      if (isProbeHere(settings)) mustBeIdle(store)
      const { data } = evaluationSettings.safeParse(settings)
      if (data !== undefined) judgeEngineOf(store, data)
    },
    begin(jobId) {
      const { id, settings } = find(jobId)
      const started = performance.now()
      let result: Figures | null = null
      return beginJob({
        ...{ store, jobId: evaluationJob(id), what: `evaluation ${id}`, log: (text: string) => log(`evaluation ${id}`, text) },
        async work({ stop }) {
          const parsed = evaluationSettings.parse(settings)
          const { random } = parsed
          const elsewhere = judgeEngineOf(store, parsed)
          const judging =
            elsewhere === null
              ? null
              : stoppableEngine(await openEngine(elsewhere, storingUsage(store, { evaluationId: id }, elsewhere)), stop)
          const measure = (engine: Engine): Promise<Figures> => {
            const here = { engine: isProbeHere(parsed) ? givingWay(engine, store) : engine, recipe: { ...portion, random } }
            const judge = judging === null ? here : { engine: judging, recipe: { ...portionElsewhere, random } }
            return measureStandalone({ evaluationId: id, store, checkersOf, signal: stop, ...here, judge }, parsed)
          }
          try {
            result = await (judging !== null && !hasAnswers(parsed) ? measure(judging) : bench.use(measure))
            return 'finished'
          } catch (error) {
            if (stop.aborted && isStopped(error)) return 'stopped'
            throw error
          } finally {
            await judging?.close()
          }
        },
        record: () => store.evaluations.addResult(id, { seconds: (performance.now() - started) / 1000, result }),
      })
    },
  }
}

/** Whether judges are measured on this machine. */
function isProbeHere(settings: unknown): boolean {
  const { data } = evaluationSettings.safeParse(settings)
  return data?.kind === 'probe' && data.model.engine === undefined
}

/** An engine whose requests fail as soon as a run is running, in any process: work that can wait, and whose speed is measured. */
const givingWay = (engine: Engine, store: Store): Engine => ({
  ...engine,
  async *generate(params, options) {
    mustBeIdle(store)
    yield* engine.generate(params, options)
  },
  async *score(params, options) {
    mustBeIdle(store)
    yield* engine.score(params, options)
  },
})
