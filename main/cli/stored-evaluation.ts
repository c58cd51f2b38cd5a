import { basename, resolve } from 'node:path'
import { engineUseOf } from '../app/engines/engine-use.ts'
import { evaluationJobs } from '../app/evaluations/evaluation-jobs.ts'
import { addEvaluation } from '../app/evaluations/evaluations.ts'
import { workbench } from '../app/jobs/shared-engine.ts'
import { homeFolder, homePaths } from '../common/home.ts'
import { keepPrivate } from '../common/private-files.ts'
import { judgeEngineOf, judgeOn } from '../loop/evaluation/judge-engine.ts'
import { locateModel } from '../models/locate-model.ts'
import type { EngineUse } from '../shared/contract/runs-contract.ts'
import { badInput, LaurelError, stopped } from '../shared/errors.ts'
import {
  type ChosenModel,
  type EvaluationSettings,
  evaluationSettings,
  type Figures,
  type JudgingModel,
} from '../shared/evaluation-settings.ts'
import { openStore, type Store } from '../store/store.ts'
import { evaluationJob } from '../store/tables/jobs-table.ts'
import { listenForInterrupt } from './exit.ts'
import { engineNamed, engineOpener, printUse } from './judge-engine.ts'
import { type EngineOptions, startRunEngine } from './options.ts'
import { progressLine } from './progress.ts'

/** A finished evaluation, with the store that has its units. */
interface StoredEvaluation {
  readonly store: Store
  readonly evaluationId: number
  readonly figures: Figures
  /** What it asked of engines besides this machine, over all attempts. */
  readonly engineUsage: readonly EngineUse[]
}

/** How often progress is read, milliseconds. */
const lookMs = 500

/**
 * Makes an evaluation as the window does: it is stored, listed there, and if it stops, the same command continues it. `read` gets the result
 * while the store is open.
 */
export async function evaluateStored<Value>(
  { settings, title }: { readonly settings: EvaluationSettings; readonly title: string },
  { backend, precision = 'auto', threads, stats }: EngineOptions,
  read: (evaluation: StoredEvaluation) => Value,
): Promise<Value> {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  const bench = workbench(() => startRunEngine({ home, backend, precision, threads }, stats))
  const interrupt = listenForInterrupt()
  try {
    judgeEngineOf(store, settings) // before anything is stored
    const id = unfinishedLike(store, settings) ?? added(store, settings, title)
    const kind = evaluationJobs({ store, bench, openEngine: engineOpener(home), checkersOf: () => [] })
    kind.mustBeStartable(evaluationJob(id))
    const session = kind.begin(evaluationJob(id))
    interrupt.signal.addEventListener('abort', () => session.stop('paused'), { once: true })
    await withProgress(store, id, session.ended)
    const engineUsage = engineUseOf(store, { evaluationId: id })
    printUse(engineUsage)
    const { status, result } = store.evaluations.find(id)
    if (result === null)
      throw status === 'paused' ? stopped() : new LaurelError('STOPPED', `It is ${status}.`, 'Run the same command again to continue.')
    return read({ store, evaluationId: id, figures: result, engineUsage })
  } finally {
    interrupt.dispose()
    await bench.close()
    store.close()
  }
}

function added(store: Store, settings: EvaluationSettings, title: string): number {
  const id = addEvaluation(store, settings, title)
  process.stderr.write(`evaluation ${id}, also listed in the window; if it stops, the same command continues it\n`)
  return id
}

/** An evaluation with the same settings that was stopped or failed. Its questions and prompts are those that it started with. */
function unfinishedLike(store: Store, settings: EvaluationSettings): number | undefined {
  const wanted = JSON.stringify(evaluationSettings.parse(settings)) // parsed documents have their keys in the same order
  const found = store.evaluations.list().find((evaluation) => {
    const parsed = evaluationSettings.safeParse(evaluation.settings)
    return evaluation.status !== 'finished' && parsed.success && JSON.stringify(parsed.data) === wanted
  })
  if (found === undefined) return undefined
  const { id, done, total, createdAt } = found
  process.stderr.write(
    `continuing the evaluation of ${createdAt.slice(0, 16).replace('T', ' ')} with the rows that it started with: ${done} of ${total} done\n`,
  )
  return id
}

async function withProgress(store: Store, id: number, ended: Promise<unknown>): Promise<void> {
  let progress: ReturnType<typeof progressLine> | undefined
  const look = (): void => {
    const found = store.evaluations.list().find((evaluation) => evaluation.id === id) // it may be deleted in the window
    if (found === undefined || found.total === 0) return
    progress ??= progressLine('evaluated', found.total)
    progress.update(found.done)
  }
  const timer = setInterval(look, lookMs)
  try {
    await ended
  } finally {
    clearInterval(timer)
    look()
    progress?.finish()
  }
}

/** A model named by its path. */
export function modelAt(path: string, option: string): ChosenModel {
  const place = resolve(path)
  locateModel(place, option)
  return { id: place, label: basename(place), path: place }
}

/** The judge that `--judge` and `--judge-engine` name. */
export function judgeAt(path: string | undefined, engine: string | undefined): JudgingModel {
  const model = path === undefined ? null : modelAt(path, '--judge')
  if (engine !== undefined) return judgeOn(engineNamed(engine), model)
  if (model === null) throw badInput('No judge is named.', 'Add --judge PATH, or --judge-engine NAME.')
  return model
}
