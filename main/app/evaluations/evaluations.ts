import { setImmediate as nextTurn } from 'node:timers/promises'
import { judgeEngineOf } from '../../loop/evaluation/judge-engine.ts'
import { hasOutsideMeasure } from '../../loop/evaluation/outside-checkers.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Checker } from '../../loop/run-context.ts'
import type { ResultChoice, ResultList, ShownEvaluation } from '../../shared/contract/evaluations-contract.ts'
import type { EvaluationKind } from '../../shared/enums.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type EvaluationSettings, evaluationSettings, type Figures, labelsOf } from '../../shared/evaluation-settings.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import { evaluationJob } from '../../store/tables/jobs-table.ts'
import { engineUseOf } from '../engines/engine-use.ts'
import { type JobQueue, shownState } from '../jobs/job-queue.ts'

/** The table's kinds, which say how something is measured; the settings say what. */
const tableKinds: Readonly<Record<EvaluationSettings['kind'], EvaluationKind>> = {
  'head-to-head': 'head-to-head',
  judge: 'judge',
  accuracy: 'accuracy',
  likelihood: 'likelihood',
  probe: 'judge',
  'mt-bench': 'head-to-head', // a judge's opinion of answers
  'multiple-choice': 'accuracy',
  perplexity: 'likelihood',
  ifeval: 'accuracy',
  'alpaca-eval': 'head-to-head',
  'user-agreement': 'judge',
}

/** Stores an evaluation by hand, to be started, and returns its id. */
export const addEvaluation = (store: Store, settings: EvaluationSettings, title: string): number =>
  store.evaluations.add({ kind: tableKinds[settings.kind], title, ...labelsOf(settings), settings })

interface ImportedEvaluation {
  readonly settings: EvaluationSettings
  readonly title: string
  /** What was evaluated, row by row. */
  readonly rows: readonly unknown[]
  readonly result: Figures
}

/** Stores an evaluation that was made elsewhere, and returns its id. */
export const addImported = (store: Store, { settings, title, rows, result }: ImportedEvaluation): number =>
  store.transaction(() => {
    const evaluationId = addEvaluation(store, settings, title)
    for (const [position, value] of rows.entries()) store.evaluationUnits.add({ evaluationId }, ['inputs'], { position, sample: 0, value })
    store.evaluations.addResult(evaluationId, { seconds: 0, result })
    store.jobs.end(evaluationJob(evaluationId), { state: 'finished', error: null })
    return evaluationId
  })

/** Evaluations requested by hand, and what the user can do with each. */
export const evaluationsApi = (store: Store, queue: JobQueue) => ({
  list: (): ShownEvaluation[] => listEvaluations(store),
  /** Starts an evaluation, or queues it, and returns its id. Throws BAD_INPUT if its judge's engine can't serve it. */
  start(settings: unknown, title: string): number {
    const parsed = evaluationSettings.parse(settings)
    judgeEngineOf(store, parsed) // before anything is stored
    const id = addEvaluation(store, parsed, title)
    queue.start(evaluationJob(id))
    return id
  },
  /**
   * Pauses an evaluation after its current unit of work, in whichever process runs it; completed units are kept. Stored, so that it
   * survives a restart. Resolves when it has stopped.
   */
  pause: (id: number): Promise<void> => queue.pause(evaluationJob(store.evaluations.find(id).id)),
  /** Continues an evaluation that was paused, interrupted, or failed. */
  resume(id: number): void {
    const { status } = store.evaluations.find(id)
    if (status !== 'finished' && !store.jobs.isWorkedOn(evaluationJob(id))) queue.start(evaluationJob(id))
  },
  mustBeIdle: (id: number): void => mustBeIdle(store, id),
  remove(id: number): void {
    mustBeIdle(store, id)
    store.evaluations.remove(id)
  },
})
export type EvaluationsApi = ReturnType<typeof evaluationsApi>

/** Throws BUSY if a process is working on it. */
function mustBeIdle(store: Store, id: number): void {
  store.evaluations.find(id)
  if (store.jobs.isWorkedOn(evaluationJob(id))) throw new LaurelError('BUSY', 'The evaluation is running.', 'Pause it first.')
}

/**
 * Evaluations requested by hand, newest first. Omits those whose settings are of another version: one unreadable evaluation must not hide
 * the others.
 */
export const listEvaluations = (store: Store): ShownEvaluation[] =>
  store.evaluations.list().flatMap((evaluation) => {
    const { settings, wanted: _, ...shown } = evaluation
    const { data } = evaluationSettings.safeParse(settings)
    return data === undefined
      ? []
      : [
          {
            ...{ ...shown, kind: data.kind, run: null, settings: data },
            status: shownState(store, evaluationJob(shown.id), shown.status),
            engineUsage: engineUseOf(store, { evaluationId: shown.id }),
          },
        ]
  })

/** Evaluations that runs made of their models, newest run first. */
const evaluationsOfRuns = (store: Store): ShownEvaluation[] =>
  store.evaluations.ofAllRuns().map(({ runId, runName, ...shown }) => ({
    ...shown,
    run: { id: runId, name: runName },
    ...{ settings: null, status: 'finished', error: null, finishedAt: shown.createdAt, engineUsage: [] },
  }))

/** Results of evaluations by hand, then of those that runs made; at most `limit` of those that match. */
export function evaluationResults(store: Store, { search, source, limit }: ResultChoice): ResultList {
  const words = search.toLowerCase().split(/\s+/)
  const all = [...(source === 'runs' ? [] : listEvaluations(store)), ...(source === 'manual' ? [] : evaluationsOfRuns(store))]
  const matching = all.filter(({ result, model, against, kind, judge, title, run }) => {
    const text = [model, against, kind.replaceAll('-', ' '), judge, title, run?.name ?? 'manual'].join(' ').toLowerCase()
    return result !== null && words.every((word) => text.includes(word))
  })
  return { rows: matching.slice(0, limit), matching: matching.length }
}

/** Recipes read per turn of the event loop. */
const recipesAtOnce = 25

/** Finds runs whose models a program can check. Cached, since a recipe never changes; a recipe of another version can't be checked. */
export function checkableRuns(store: Store, checkersOf: (recipe: Recipe) => readonly Checker[]) {
  const known = new Map<string, boolean>()
  return async (runIds: readonly string[]): Promise<ReadonlySet<string>> => {
    let looked = 0
    for (const id of runIds) {
      if (known.has(id)) continue
      const run = store.runs.find(id)
      const recipe = run === undefined ? null : readStoredRecipe(run).recipe
      known.set(id, recipe !== null && (hasOutsideMeasure(recipe) || checkersOf(recipe).length > 0))
      if (++looked % recipesAtOnce === 0) await nextTurn()
    }
    return new Set(runIds.filter((id) => known.get(id)))
  }
}
