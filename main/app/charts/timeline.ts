import { wilsonInterval } from '../../evaluation/agreement.ts'
import { samplesOf } from '../../loop/judges/judge-work.ts'
import { isGraded, isRewarded } from '../../loop/recipe/eft-forms.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import { candidatesPerPrompt } from '../../loop/stages/candidates.ts'
import type { Progress, ProgressKey, ProgressPoint, Timeline, TimelineStage } from '../../shared/contract/charts-contract.ts'
import type { ShownModel } from '../../shared/contract/runs-contract.ts'
import { iterationStages } from '../../shared/method-stages.ts'
import { type OutsideMeasure, outsideFiguresOf } from '../../shared/outside-measures.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { firstStages, type StageName, storedReport } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import type { StageRow } from '../../store/tables/stages-table.ts'
import type { Reviewed, ReviewedOf } from './distributions.ts'
import { type StagePace, timeLeft } from './time-left.ts'

type Made = Pick<TimelineStage, 'made' | 'of' | 'aside' | 'agreement'>

const nothing: Made = { made: null, of: null, aside: 0 }

/** What other runs took, of `otherPaces`. */
type Others = (run: RunRow, recipe: Recipe) => readonly StagePace[]

/** All stages of a run, including future ones, and the remaining time. */
export function timelineOf(store: Store, reviewed: ReviewedOf, run: RunRow, others: Others = () => []): Timeline {
  const recipe = storedRecipe(run)
  const rows = store.stages.ofRun(run.id)
  const stages = plannedStages(recipe, rows).map(({ iteration, stage }): TimelineStage => {
    const row = rows.find((other) => other.iteration === iteration && other.stage === stage)
    const isHere = run.iteration === iteration && run.stage === stage
    const state = row?.finishedAt != null ? 'done' : isHere ? 'current' : 'coming'
    const made =
      state === 'coming' && row === undefined ? plannedOf(recipe, stage) : madeIn({ store, run, recipe, reviewed }, iteration, stage, row)
    return { iteration, stage, state, seconds: row?.seconds ?? 0, ...made }
  })
  return { stages, left: timeLeft(stages, recipe, { planned: run.planned, others: others(run, recipe) }) }
}

/** Stages in execution order. The SFT baseline, EFT building, and what a method does without appear only if the run has them. */
function plannedStages(recipe: Recipe, rows: readonly StageRow[]): { iteration: number; stage: StageName }[] {
  const { sft, seed_data } = recipe
  const isJudged = sft !== null && seed_data.eft_form.includes('judgements') && seed_data.ranked !== null && seed_data.eft_limit > 0
  const hasGrades = isGraded(recipe)
  const isTrainedFirst = isRewarded(recipe) && (seed_data.ift !== null || seed_data.eft !== null || hasGrades)
  const planned = {
    baseline: isJudged || (hasGrades && seed_data.graded_writer === 'SFT') || isTrainedFirst,
    eft: isJudged || hasGrades,
  }
  const began = (stage: string): boolean => rows.some((row) => row.iteration === 0 && row.stage === stage)
  const isPast = began('train')
  const first = firstStages.filter((stage) => !(stage === 'baseline' || stage === 'eft') || began(stage) || (planned[stage] && !isPast))
  return [
    ...first.map((stage) => ({ iteration: 0, stage })),
    ...Array.from({ length: recipe.iterations }, (_, i) => iterationStages(recipe).map((stage) => ({ iteration: i + 1, stage }))).flat(),
  ]
}

function plannedOf(recipe: Recipe, stage: StageName): Made {
  if (stage === 'prompts') return { ...nothing, of: recipe.prompts.count }
  if (stage === 'candidates') return { ...nothing, of: recipe.prompts.count * candidatesPerPrompt(recipe) }
  if (stage === 'judgements') return { ...nothing, of: recipe.prompts.count * candidatesPerPrompt(recipe) * samplesOf(recipe.judge) }
  return nothing
}

/** A run and the sources for its timeline. */
interface Looked {
  readonly store: Store
  readonly run: RunRow
  readonly recipe: Recipe
  readonly reviewed: ReviewedOf
}

/** Number of items that a started stage has produced. */
function madeIn({ store, run, recipe, reviewed }: Looked, iteration: number, stage: StageName, row: StageRow | undefined): Made {
  const report = reportOf(store, run.id, iteration)
  switch (stage) {
    case 'seed-data':
      return { ...nothing, made: sumOf(row, ['ift', 'eft', 'ranked', 'ranked-held-out', 'graded']) }
    case 'eft':
      return { ...nothing, made: numberIn(row, 'examples'), aside: numberIn(row, 'promptsDropped') ?? 0 }
    case 'prompts': {
      const { accepted, rejected } = store.counts.prompts(run.id, iteration)
      return { made: accepted, of: recipe.prompts.count, aside: rejected }
    }
    case 'candidates': {
      const of = store.counts.prompts(run.id, iteration).accepted * candidatesPerPrompt(recipe)
      return { made: store.counts.candidates(run.id, iteration), of, aside: 0 }
    }
    case 'judgements':
      return judgementsMade(store, run, recipe, iteration, report)
    case 'pairs':
      return {
        made: report?.pairs ?? store.counts.pairs(run.id, iteration),
        of: recipe.pairs.rule === 'all-above-margin' ? null : store.counts.prompts(run.id, iteration).accepted, // else at most one of a prompt
        aside: 0,
      }
    case 'judge-pairs':
      return {
        made: numberIn(row, 'judge_pairs') ?? store.judgePairs.count(run.id, iteration),
        of: recipe.meta.count,
        aside: 0,
        agreement: numberIn(row, 'agreement'),
      }
    case 'review':
      return reviewsMade(reviewed(run.id, iteration), report?.pairs ?? null)
    case 'baseline':
      return stepsMade(store, run, 'SFT')
    case 'train':
      return stepsMade(store, run, `M${iteration + 1}`)
    case 'evaluate':
      return { ...nothing, made: evaluationsOf(store, run, iteration) }
  }
}

/** The iteration's report as stored with its pairs: recounting 100,000 judgements on each poll would be slow. */
function reportOf(store: Store, runId: string, iteration: number) {
  return storedReport(store.stages.find(runId, iteration, 'pairs')?.summary)
}

function judgementsMade(store: Store, run: RunRow, recipe: Recipe, iteration: number, report: ReturnType<typeof reportOf>): Made {
  if (report !== undefined) return { made: report.judgements, of: report.judgements, aside: report.parseFailures }
  const { judgements, unreadable } = store.counts.judgements(run.id, iteration)
  return { made: judgements, of: store.counts.candidates(run.id, iteration) * samplesOf(recipe.judge), aside: unreadable }
}

const reviewsMade = ({ reviewed, changed }: Reviewed, pairs: number | null): Made => ({ made: reviewed, of: pairs, aside: changed })

function stepsMade(store: Store, run: RunRow, model: string): Made {
  const training = store.trainings.find(run.id, model)
  if (training === undefined) return nothing
  return { made: store.metrics.lastStep(training.id), of: training.steps, aside: 0 }
}

/** Iteration 0 evaluates M1 and its predecessors; iteration t evaluates M_{t+1}. */
function evaluationsOf(store: Store, run: RunRow, iteration: number): number {
  const models = iteration === 0 ? ['M0', 'SFT', 'M1'] : [`M${iteration + 1}`]
  return store.evaluations.ofRun(run.id).filter(({ model }) => models.includes(model)).length
}

function numberIn(row: StageRow | undefined, key: string): number | null {
  const value = row?.summary?.[key]
  return typeof value === 'number' ? value : null
}

function sumOf(row: StageRow | undefined, keys: readonly string[]): number | null {
  if (row?.summary == null) return null
  return keys.reduce((sum, key) => sum + (numberIn(row, key) ?? 0), 0)
}

/** Reads a figure of a model; undefined if it has none. */
type Reading = (model: ShownModel, answers: AnswerCounts) => Omit<ProgressPoint, 'model'> | undefined

/** Number of answers behind an evaluation, by evaluation name and model. */
type AnswerCounts = (purpose: string, model: string) => number | null

const readings: Readonly<Record<ProgressKey, Reading>> = {
  'mean-reward': ({ made }) => withError(made?.mean_reward, made?.mean_reward_error, made && made.judgements - made.parse_failures),
  yield: ({ made }) => share(made?.yield, made?.prompts),
  'decided-share': ({ made }) => share(made?.decided_share, made?.prompts),
  'tie-share': ({ made }) => share(made?.tie_share, made?.prompts),
  'parse-failures': ({ made }) => share(made && made.judgements > 0 ? made.parse_failures / made.judgements : null, made?.judgements),
  'flip-rate': ({ made }) => plain(made?.flip_rate, null),
  length: ({ made }) => plain(made?.mean_length, null),
  'length-chosen': ({ made }) => plain(made?.mean_length_chosen, made?.pairs),
  'length-rejected': ({ made }) => plain(made?.mean_length_rejected, made?.pairs),
  'judge-agreement': ({ judge_quality: judge }) => share(judge?.pairwise_accuracy, judge?.pairs),
  'judge-length-only': ({ judge_quality: judge }) => plain(judge?.length_pairwise_accuracy, judge?.pairs),
  'true-accuracy': accuracy('true-accuracy'),
  'true-accuracy-greedy': accuracy('true-accuracy-greedy'),
  checks: followed('checks'),
  'checks-greedy': followed('checks-greedy'),
  'checks-held-out': followed('checks-held-out'),
  'checks-held-out-greedy': followed('checks-held-out-greedy'),
}

function accuracy(check: string): Reading {
  return ({ name, checks }, answers) => share(checks[check]?.all_five, answers(check, name))
}

/** The share of held-out prompts that a model follows, by programs. */
function followed(measure: OutsideMeasure): Reading {
  return ({ checks }) => {
    const prompts = outsideFiguresOf(checks[measure])?.prompts
    return prompts && { value: prompts.met, low: prompts.low, high: prompts.high, n: prompts.of }
  }
}

function plain(value: number | null | undefined, n: number | null | undefined): Omit<ProgressPoint, 'model'> | undefined {
  return value == null ? undefined : { value, low: null, high: null, n: n ?? null }
}

/** A mean of n values, with its normal 95% interval. */
function withError(
  value: number | null | undefined,
  error: number | null | undefined,
  n: number | null | undefined,
): ReturnType<typeof plain> {
  const point = plain(value, n)
  return point === undefined || error == null ? point : { ...point, low: point.value - 1.96 * error, high: point.value + 1.96 * error }
}

/** A share of n items, with Wilson's 95% interval. */
function share(value: number | null | undefined, n: number | null | undefined): Omit<ProgressPoint, 'model'> | undefined {
  if (value == null) return undefined
  const interval = n == null || n === 0 ? { low: null, high: null } : wilsonInterval(value * n, n)
  return { value, ...interval, n: n ?? null }
}

/** Compares the models of a run figure by figure; omits figures that no model has. */
export function progressOf(models: readonly ShownModel[], answers: AnswerCounts): Omit<Progress, 'rewardRange'> {
  const figures = (Object.keys(readings) as ProgressKey[]).map((key) => ({
    key,
    points: models.flatMap((model) => {
      const point = readings[key](model, answers)
      return point === undefined ? [] : [{ model: model.name, ...point }]
    }),
  }))
  return { models: models.map(({ name }) => name), figures: figures.filter(({ points }) => points.length > 0) }
}
