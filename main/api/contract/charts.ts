import { z } from 'zod'
import { stageName } from '../../loop/events.ts'
import { procedure } from './procedure.ts'

/** What the charts of a run are drawn from, already counted and thinned: a window never gets a million points. */

const figure = z.number().nullable() // null: there was nothing to measure it on
const byRole = <Value extends z.ZodType>(value: Value) => z.object({ candidates: value, chosen: value, rejected: value })

/** Candidates whose reward is in [from, to), the last bin with its end. */
export const rewardBin = z.object({ from: z.number(), to: z.number(), ...byRole(z.int()).shape })
export type RewardBin = z.infer<typeof rewardBin>

/** The rewards of one iteration. All iterations of a run share their bins. */
export const distribution = z.object({
  iteration: z.int(),
  model: z.string(), // that answered and judged
  isComplete: z.boolean(), // its pairs are made: nothing of this changes any more but what people decide
  bins: z.array(rewardBin),
  n: byRole(z.int()),
  mean: byRole(figure),
  /** Candidates that have no reward (yet, or because no judgement of them could be read). */
  unrewarded: z.int(),
  /** Of the prompts with two or more rewards, the share where best and worst are equal. */
  tieShare: figure,
  judgements: z.int(),
  parseFailures: z.int(),
  pairs: z.int(),
  /** Pairs that a person decided about, and those of them that they decided otherwise than the judge. */
  reviewed: z.int(),
  changed: z.int(),
})
export type Distribution = z.infer<typeof distribution>

/** Of the pairs that a preference training began with, how many a person had decided about, and how. */
const personShare = z.object({
  pairs: z.int(),
  confirmed: z.int(),
  swapped: z.int(),
  edited: z.int(),
  rescored: z.int(), // a score by hand made the pair, or turned it
  dropped: z.int(), // left out
})

export const training = z.object({
  model: z.string(), // that it makes
  task: z.enum(['sft', 'dpo']),
  rows: z.int(),
  truncatedRows: z.int().nullable(),
  steps: z.int().nullable(), // null: not known yet
  lastStep: z.int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  metrics: z.array(z.string()), // by TRL's names
  person: personShare.nullable(), // null: a fine-tuning, or not known
})
export type Training = z.infer<typeof training>

/** One metric of one training. The smallest and the largest value of every stretch of steps are kept; null: it was not a number there. */
export const curve = z.object({
  model: z.string(),
  metric: z.string(),
  steps: z.array(z.int()),
  values: z.array(figure),
  /** The same, smoothed over all steps (not only those kept); null: smoothing is off. */
  smoothed: z.array(figure).nullable(),
  /** How many steps there are in the range asked for. */
  n: z.int(),
  /** The mean over the last quarter of that range, weighted by the rows that each step saw. */
  ending: figure,
  /** Steps, of those kept, that saw fewer rows than the others: what was left at an epoch's end. */
  partial: z.array(z.object({ step: z.int(), rows: z.int() })),
})
export type Curve = z.infer<typeof curve>

export const curvesInput = z.object({
  runId: z.string(),
  models: z.array(z.string()).max(32),
  metrics: z.array(z.string()).max(32),
  from: z.int().nullable().default(null), // step; null: the first
  to: z.int().nullable().default(null),
  points: z.int().min(16).max(1500).default(600), // per curve, at most
  smoothing: z.number().min(0).max(0.999).default(0), // weight of what was before, as TensorBoard's
})
export type CurvesInput = z.infer<typeof curvesInput>

/** A figure of each model that has it, with its 95% interval and what it rests on, where those are known. */
export const progressPoint = z.object({ model: z.string(), value: z.number(), low: figure, high: figure, n: z.int().nullable() })
export const progressKey = z.enum([
  'mean-reward',
  'yield',
  'tie-share',
  'parse-failures',
  'length',
  'length-chosen',
  'length-rejected',
  'judge-agreement',
  'judge-length-only',
  'true-accuracy',
  'true-accuracy-greedy',
])
export type ProgressKey = z.infer<typeof progressKey>
export const progress = z.object({
  models: z.array(z.string()), // in the order in which they were made
  figures: z.array(z.object({ key: progressKey, points: z.array(progressPoint) })),
})
export type Progress = z.infer<typeof progress>
export type ProgressPoint = z.infer<typeof progressPoint>

/** A stage of the run, past, present or to come. */
export const timelineStage = z.object({
  iteration: z.int(),
  stage: stageName,
  /** `current`: the run stands here, working or not. */
  state: z.enum(['done', 'current', 'coming']),
  seconds: z.number(),
  /** What it made so far (prompts, candidates, judgements, pairs, reviewed pairs, steps, comparisons, examples); null: it makes nothing to count. */
  made: z.int().nullable(),
  /** Out of how many; null: not known beforehand. */
  of: z.int().nullable(),
  /** Of what it made or looked at, what came to nothing: rejected prompts, unreadable judgements, pairs that a person changed. */
  aside: z.int(),
})
export type TimelineStage = z.infer<typeof timelineStage>
export const timeline = z.object({
  stages: z.array(timelineStage),
  /** From what the same stages took before; null: too early to tell, or nothing is left. */
  secondsLeft: figure,
})
export type Timeline = z.infer<typeof timeline>

const ofRun = z.object({ runId: z.string() })

export const chartsContract = {
  distributions: procedure.input(ofRun).output(z.array(distribution)), // of the iterations that have candidates, oldest first
  trainings: procedure.input(ofRun).output(z.array(training)), // in the order in which they were begun
  curves: procedure.input(curvesInput).output(z.array(curve)), // those that exist
  progress: procedure.input(ofRun).output(progress),
  timeline: procedure.input(ofRun).output(timeline),
}
