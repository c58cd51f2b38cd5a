import { z } from 'zod'
import { outsideMeasures } from '../outside-measures.ts'
import { rewardRange } from '../reward-range.ts'
import { stageName } from '../run-events.ts'
import { trainTask } from '../train-config.ts'
import { reading } from './procedure.ts'

/** Data for a run's charts, already counted and downsampled: a page never receives a million points. */

const figure = z.number().nullable() // null: nothing to measure
const byRole = <Value extends z.ZodType>(value: Value) => z.object({ candidates: value, chosen: value, rejected: value })

/** Candidates whose reward is in [from, to); the last bin includes its end. */
export const rewardBin = z.object({ from: z.number(), to: z.number(), ...byRole(z.int()).shape })
export type RewardBin = z.infer<typeof rewardBin>

/** The rewards of one iteration. All iterations of a run use the same bins. */
export const distribution = z.object({
  iteration: z.int(),
  model: z.string(), // the model that generated and judged
  isComplete: z.boolean(), // the pairs are built: only reviews can still change
  bins: z.array(rewardBin),
  n: byRole(z.int()),
  mean: byRole(figure),
  /** Candidates without a reward: not judged yet, or no readable judgement. */
  unrewarded: z.int(),
  /** The share of prompts with two or more rewards whose best and worst reward are equal. */
  tieShare: figure,
  judgements: z.int(),
  parseFailures: z.int(),
  /** The share of the judge's comparisons that depend on the order; null: it makes none, or the iteration is in progress. */
  flipRate: figure,
  pairs: z.int(),
  /** Reviewed pairs, and those of them whose review differs from the judge's choice. */
  reviewed: z.int(),
  changed: z.int(),
})
export type Distribution = z.infer<typeof distribution>

/** Human decisions on the pairs used in this DPO training. */
const userShare = z.object({
  pairs: z.int(),
  confirmed: z.int(),
  swapped: z.int(),
  edited: z.int(),
  rescored: z.int(), // a rescore created or swapped the pair
  dropped: z.int(), // excluded
})

export const training = z.object({
  model: z.string(), // the model that it produces
  task: trainTask,
  rows: z.int(),
  truncatedRows: z.int().nullable(),
  steps: z.int().nullable(), // null: not known yet
  lastStep: z.int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  metrics: z.array(z.string()), // named as in TRL
  user: userShare.nullable(), // null: SFT, or not known
})
export type Training = z.infer<typeof training>

/** One metric of one training. Keeps the minimum and maximum of each stretch of steps; null stands for NaN. */
export const curve = z.object({
  model: z.string(),
  metric: z.string(),
  steps: z.array(z.int()),
  values: z.array(figure),
  /** Smoothed over all steps (not only those kept); null: smoothing is off. */
  smoothed: z.array(figure).nullable(),
  /** Number of steps in the requested range. */
  n: z.int(),
  /** The mean over the last quarter of that range, weighted by rows per step. */
  ending: figure,
  /** Steps in the result that had fewer rows than the others: the remainder of an epoch. */
  partial: z.array(z.object({ step: z.int(), rows: z.int() })),
})
export type Curve = z.infer<typeof curve>

export const curvesInput = z.object({
  runId: z.string(),
  models: z.array(z.string()).max(32),
  metrics: z.array(z.string()).max(32),
  from: z.int().nullable().default(null), // step; null: from the first
  to: z.int().nullable().default(null),
  points: z.int().min(16).max(1500).default(600), // at most, per curve
  smoothing: z.number().min(0).max(0.999).default(0), // weight of the previous average, as in TensorBoard
})
export type CurvesInput = z.infer<typeof curvesInput>

/** A figure of one model, with its 95% interval and sample size if known. */
export const progressPoint = z.object({ model: z.string(), value: z.number(), low: figure, high: figure, n: z.int().nullable() })
export const progressKey = z.enum([
  'mean-reward',
  'yield',
  'decided-share',
  'tie-share',
  'parse-failures',
  'flip-rate',
  'length',
  'length-chosen',
  'length-rejected',
  'judge-agreement',
  'judge-length-only',
  'true-accuracy',
  'true-accuracy-greedy',
  ...outsideMeasures,
])
export type ProgressKey = z.infer<typeof progressKey>
export const progress = z.object({
  models: z.array(z.string()), // in the order of training
  figures: z.array(z.object({ key: progressKey, points: z.array(progressPoint) })),
  rewardRange,
})
export type Progress = z.infer<typeof progress>
export type ProgressPoint = z.infer<typeof progressPoint>

/** A stage of the run: past, current, or future. */
export const timelineStage = z.object({
  iteration: z.int(),
  stage: stageName,
  /** `current`: the run's position, whether it is running or not. */
  state: z.enum(['done', 'current', 'coming']),
  seconds: z.number(),
  /** Items so far (prompts, candidates, judgements, pairs, reviewed pairs, steps, comparisons, examples); null: nothing to count. */
  made: z.int().nullable(),
  /** Total items; null: not known in advance. */
  of: z.int().nullable(),
  /** Of these, discarded or changed: rejected prompts, unreadable judgements, pairs whose review differs from the judge's choice. */
  aside: z.int(),
  /** Judge pairs: the share of the comparisons on which both orders agree. */
  agreement: z.number().nullable().optional(),
})
export type TimelineStage = z.infer<typeof timelineStage>
export const timeline = z.object({
  stages: z.array(timelineStage),
  /** The likely range of the remaining time, seconds, without a user's reviews; null: too early to tell, or nothing is left. */
  left: z.object({ low: z.number(), high: z.number() }).nullable(),
})
export type Timeline = z.infer<typeof timeline>

const ofRun = z.object({ runId: z.string() })

export const chartsContract = {
  distributions: reading.input(ofRun).output(z.array(distribution)), // iterations that have candidates, oldest first
  trainings: reading.input(ofRun).output(z.array(training)), // in the order of their start
  curves: reading.input(curvesInput).output(z.array(curve)), // omits metrics that don't exist
  progress: reading.input(ofRun).output(progress),
  timeline: reading.input(ofRun).output(timeline),
}
