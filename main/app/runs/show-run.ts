import { existsSync } from 'node:fs'
import { followedGains } from '../../loop/evaluation/held-out-answers.ts'
import { guardStopOf } from '../../loop/guards.ts'
import { reportOf } from '../../loop/iteration-report.ts'
import { judges } from '../../loop/judges/judges.ts'
import { readStoredRecipe, storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import { isEndedEarly, isTraining } from '../../loop/stages/early-end.ts'
import { checkpointKind, checkpointOf } from '../../shared/checkpoint-choice.ts'
import {
  checkpointComparison,
  type RunDetails,
  type RunListing,
  type RunSummary,
  type ShownModel,
  type ShownStatus,
  winRate,
} from '../../shared/contract/runs-contract.ts'
import { toErrorValue } from '../../shared/errors.ts'
import { outsideFiguresOf } from '../../shared/outside-measures.ts'
import { type IterationReport, runEvent, storedReport } from '../../shared/run-events.ts'
import { comparedModels } from '../../shared/run-verdict.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import type { OverviewCheck, OverviewEvaluation } from '../../store/queries/overview-queries.ts'
import type { Store } from '../../store/store.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { engineUseOf } from '../engines/engine-use.ts'
import { shownState } from '../jobs/job-queue.ts'

/** A run's actual status, even if the process that last wrote it is gone. */
export const statusOf = (store: Store, { id, status }: RunRow): ShownStatus => shownState(store, id, status)

export const summaryOf = (store: Store, run: RunRow): RunSummary => ({
  id: run.id,
  name: run.name,
  status: statusOf(store, run),
  iteration: run.iteration,
  stage: run.stage,
  created_at: run.createdAt,
  tags: run.tags,
  note: run.note,
  source: run.sourceId,
  group: run.seedGroup === null ? null : { id: run.seedGroup, name: run.groupName ?? '' },
  after: run.afterId === null ? null : { id: run.afterId, name: run.afterName ?? '' },
  started: run.attempts > 0,
})

/** All details of a run, from the store. */
export function detailsOf(store: Store, run: RunRow): RunDetails {
  const stages = store.stages.ofRun(run.id)
  const models = shownModels(store, run)
  const compared = run.status === 'finished' ? comparedModels(models) : null
  return {
    ...summaryOf(store, run),
    finished_at: run.finishedAt,
    ended_early: isEndedEarly(run),
    training: isTraining(store, run.id),
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    engine: run.engine,
    engine_usage: engineUseOf(store, { runId: run.id }),
    error: run.error,
    recipe: storedRecipe(run),
    stages: stages.map(({ iteration, stage, seconds, finishedAt }) => ({ iteration, stage, seconds, finished: finishedAt !== null })),
    models,
    gains: compared === null ? {} : followedGains({ store, runId: run.id }, compared.first.name, compared.last.name),
    warnings: warningsOf(store, run),
    guard: guardOf(store, run),
  }
}

/** A run's models with what was measured of them, in the order in which they were made. */
export const shownModels = (store: Store, run: RunRow): ShownModel[] =>
  store.models.ofRun(run.id).map((model) => shownModel(store, run, model))

function shownModel(store: Store, run: RunRow, model: ModelRow): ShownModel {
  const evaluations = store.evaluations.ofRun(run.id).filter(({ model: name }) => name === model.name)
  const { name, path, initialisedFrom, reference, data, sha256 } = model
  return {
    name,
    path,
    deleted: !existsSync(path),
    initialised_from: initialisedFrom,
    reference,
    data,
    sha256,
    made: madeBy(store, run, model),
    win_rates: evaluations
      .filter(({ kind }) => kind === 'head-to-head')
      .map(({ against, judge, result }) => winRate.parse({ against, judge, position_bias: null, ...result })),
    checkpoints: checkpointsOf(store, run.id, name),
    judge_quality: evaluations.find(({ kind }) => kind === 'judge')?.result ?? null,
    checks: Object.fromEntries(
      evaluations.filter(({ kind }) => kind !== 'head-to-head' && kind !== 'judge').map(({ kind, result }) => [kind, result]),
    ),
    training: trainingOf(store, run, model),
  }
}

/** The comparisons among the checkpoints of a model's training. */
const checkpointsOf = (store: Store, runId: string, name: string): ShownModel['checkpoints'] =>
  store.evaluations.ofRun(runId).flatMap(({ model, kind, against, judge, result }) => {
    const [own, other] = [checkpointOf(model), checkpointOf(against)]
    if (kind !== checkpointKind || own?.model !== name || other === null) return []
    return [checkpointComparison.parse({ step: own.step, against: other.step, judge, position_bias: null, ...result })]
  })

/** M_t generates the data of iteration t; its figures are complete once the pairs are built. */
function madeBy(store: Store, run: RunRow, { name }: ModelRow): ShownModel['made'] {
  const iteration = /^M([1-9]\d*)$/.exec(name)?.[1]
  if (iteration === undefined) return null
  const report = madeIn(store, run.id, Number(iteration))
  if (report === null) return null
  const { model: _, leftOut: __, rewardRange: ___, promptsAccepted: prompts, ...figures } = report
  return { prompts, ...snakeKeys(figures) }
}

/**
 * The iteration's report as stored with its pairs, or where none are made, with its candidates; null before that. Recounting takes seconds for
 * 10,000 pairs.
 */
function madeIn(store: Store, runId: string, iteration: number): IterationReport | null {
  const stage = store.stages.find(runId, iteration, 'pairs')
  if (stage?.finishedAt == null) return storedReport(store.stages.find(runId, iteration, 'candidates')?.summary) ?? null
  return storedReport(stage.summary) ?? reportOf({ store, runId }, iteration, `M${iteration}`)
}

function trainingOf(store: Store, run: RunRow, { name }: ModelRow): ShownModel['training'] {
  const iteration = name === 'SFT' ? 0 : Number(name.slice(1)) - 1
  if (iteration < 0) return null
  const summary = store.stages.find(run.id, iteration, name === 'SFT' ? 'baseline' : 'train')?.summary
  return summary != null && 'steps' in summary ? summary : null
}

function warningsOf(store: Store, run: RunRow): RunDetails['warnings'] {
  return store.events.ofKind(run.id, 'warning').flatMap(({ event }) => {
    const parsed = runEvent.safeParse(event)
    if (!parsed.success || parsed.data.kind !== 'warning') return []
    const { iteration, stage, code, text } = parsed.data
    return [{ iteration, stage, code, text }]
  })
}

function guardOf(store: Store, run: RunRow): RunDetails['guard'] {
  const stop = run.status === 'paused' ? guardStopOf(store, run.id) : null
  if (stop === null) return null
  const { iteration, stage, codes, text } = stop
  return { iteration, stage, codes, text }
}

/** All runs, newest first, from a fixed number of queries. */
export function listingsOf(store: Store): RunListing[] {
  const seconds = store.overviews.seconds()
  const reports = Map.groupBy(store.overviews.pairStages(), ({ runId }) => runId)
  const rates = Map.groupBy(store.overviews.headToHeads(), ({ runId }) => runId)
  const checks = Map.groupBy(store.overviews.checks('checks'), ({ runId }) => runId)
  return store.runs.list().map((run) => ({
    ...summaryOf(store, run),
    ...numbersOf(run),
    finished_at: run.finishedAt,
    seconds: seconds.get(run.id) ?? 0,
    ended_early: isEndedEarly(run),
    training: run.status !== 'finished' && isTraining(store, run.id),
    rewards: (reports.get(run.id) ?? []).map(({ summary }) => storedReport(summary)?.meanReward ?? null),
    win_rate: newestRate(rates.get(run.id) ?? []),
    followed: newestShare(checks.get(run.id) ?? []),
    waiting_pairs: run.status === 'waiting-for-review' ? store.overviews.unreviewed(run.id, run.iteration) : 0,
  }))
}

/** Recipe values for the list. An unreadable recipe affects only its own run, which shows the error. */
function numbersOf(run: RunRow): Pick<RunListing, 'base_model' | 'iterations' | 'review_wait' | 'error' | 'reward_range'> {
  const { recipe, problem } = readStoredRecipe(run)
  if (recipe === null) return { base_model: '', iterations: 0, review_wait: false, error: toErrorValue(problem), reward_range: null }
  const { base_model, iterations, review, judge } = recipe
  return { base_model, iterations, review_wait: review.wait, error: run.error, reward_range: judges[judge.method].range(judge) }
}

/** The newest model's win rate against M1, as in the run's verdict; without one, against its predecessor. */
function newestRate(evaluations: readonly OverviewEvaluation[]): RunListing['win_rate'] {
  const own = evaluations.filter(({ model }) => model === evaluations.at(-1)?.model)
  const shown = own.find(({ against }) => against === 'M1') ?? own.at(0)
  if (shown === undefined) return null
  const { model, against, judge, result } = shown
  const { n, unreadable, win_rate = null, low = null, high = null } = result
  return { model, against, judge, n: n ?? 0, unreadable: unreadable ?? 0, win_rate, low, high }
}

/** The newest model's share of prompts followed. */
function newestShare(checks: readonly OverviewCheck[]): RunListing['followed'] {
  const newest = checks.at(-1)
  const prompts = outsideFiguresOf(newest?.result)?.prompts
  return newest === undefined || prompts === undefined ? null : { model: newest.model, ...prompts }
}
