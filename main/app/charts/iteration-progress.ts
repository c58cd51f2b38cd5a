import { wilsonInterval } from '../../evaluation/agreement.ts'
import type { Progress, ProgressKey, ProgressPoint } from '../../shared/contract/charts-contract.ts'
import type { ShownModel } from '../../shared/contract/runs-contract.ts'

/** Reads a figure of a model; undefined if it has none. */
type Reading = (model: ShownModel, answers: AnswerCounts) => Omit<ProgressPoint, 'model'> | undefined

/** Number of answers behind an evaluation, by evaluation name and model. */
export type AnswerCounts = (purpose: string, model: string) => number | null

const readings: Readonly<Record<ProgressKey, Reading>> = {
  'mean-reward': ({ made }) => plain(made?.mean_reward, made && made.judgements - made.parse_failures),
  yield: ({ made }) => share(made?.yield, made?.prompts),
  'tie-share': ({ made }) => share(made?.tie_share, made?.prompts),
  'parse-failures': ({ made }) => share(made && made.judgements > 0 ? made.parse_failures / made.judgements : null, made?.judgements),
  length: ({ made }) => plain(made?.mean_length, null),
  'length-chosen': ({ made }) => plain(made?.mean_length_chosen, made?.pairs),
  'length-rejected': ({ made }) => plain(made?.mean_length_rejected, made?.pairs),
  'judge-agreement': ({ judge_quality: judge }) => share(judge?.pairwise_accuracy, judge?.pairs),
  'judge-length-only': ({ judge_quality: judge }) => plain(judge?.length_pairwise_accuracy, judge?.pairs),
  'true-accuracy': accuracy('true-accuracy'),
  'true-accuracy-greedy': accuracy('true-accuracy-greedy'),
}

function accuracy(check: string): Reading {
  return ({ name, checks }, answers) => share(checks[check]?.all_five, answers(check, name))
}

function plain(value: number | null | undefined, n: number | null | undefined): Omit<ProgressPoint, 'model'> | undefined {
  return value == null ? undefined : { value, low: null, high: null, n: n ?? null }
}

/** A share of n items, with Wilson's 95% interval. */
function share(value: number | null | undefined, n: number | null | undefined): Omit<ProgressPoint, 'model'> | undefined {
  if (value == null) return undefined
  const interval = n == null || n === 0 ? { low: null, high: null } : wilsonInterval(value * n, n)
  return { value, ...interval, n: n ?? null }
}

/** Compares the models of a run figure by figure; omits figures that no model has. */
export function progressOf(models: readonly ShownModel[], answers: AnswerCounts): Progress {
  const figures = (Object.keys(readings) as ProgressKey[]).map((key) => ({
    key,
    points: models.flatMap((model) => {
      const point = readings[key](model, answers)
      return point === undefined ? [] : [{ model: model.name, ...point }]
    }),
  }))
  return { models: models.map(({ name }) => name), figures: figures.filter(({ points }) => points.length > 0) }
}
