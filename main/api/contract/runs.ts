import { z } from 'zod'
import { errorValue } from '../../engine/protocol.ts'
import { stageName } from '../../loop/events.ts'
import { recipe } from '../../loop/recipe.ts'
import { engineChoice, runStatuses } from '../../store/words.ts'
import { newRunContract } from './new-run.ts'
import { procedure } from './procedure.ts'

/** What people and other programs see of runs. Keys are snake_case: these documents are written to files and printed. */

/** `interrupted`: it was running when its process ended; resume goes on. */
export const shownStatus = z.enum([...runStatuses, 'interrupted'])
export type ShownStatus = z.infer<typeof shownStatus>

export const runSummary = z.object({
  id: z.string(),
  name: z.string(),
  status: shownStatus,
  /** To be started when the run that is worked on has ended. */
  queued: z.boolean(),
  iteration: z.int(),
  stage: stageName.nullable(), // null: not started
  created_at: z.string(), // ISO 8601, UTC
})
export type RunSummary = z.infer<typeof runSummary>

const figure = z.number().nullable()

/** A run as a list of hundreds shows it. */
export const runListing = runSummary.extend({
  base_model: z.string(),
  iterations: z.int(), // the recipe's
  finished_at: z.string().nullable(),
  seconds: z.number(), // of work, over all sessions
  /** A person ended it before its end, and it kept what it had. */
  ended_early: z.boolean(),
  /** What a person has asked of it while it works, which has not come about yet. */
  asked: z.enum(['pause', 'end']).nullable(),
  /** Whether a training is under way, whose model an early end would save as it is. */
  training: z.boolean(),
  /** The mean reward of each iteration's candidates, so far as they are judged; null: none could be read. */
  rewards: z.array(figure),
  /** The newest model's win rate against the one before it. */
  win_rate: z.object({ model: z.string(), against: z.string(), win_rate: figure, low: figure, high: figure, n: z.int() }).nullable(),
  /** Pairs of the current iteration that no person has reviewed, where the run waits for that. */
  waiting_pairs: z.int(),
  review_wait: z.boolean(),
  error: errorValue.nullable(),
})
export type RunListing = z.infer<typeof runListing>

/** What a model did in the iteration in which it made training data. */
export const iterationFigures = z.object({
  prompts: z.int(),
  prompts_rejected: z.record(z.string(), z.int()), // by reason
  mean_reward: figure,
  tie_share: figure,
  pairs: z.int(),
  yield: figure, // pairs per prompt
  judgements: z.int(),
  parse_failures: z.int(),
  mean_length: figure, // characters
  mean_length_chosen: figure,
  mean_length_rejected: figure,
})

export const winRate = z.object({
  against: z.string(),
  judge: z.string(),
  n: z.int(),
  wins: z.int(),
  ties: z.int(),
  losses: z.int(),
  unreadable: z.int(),
  win_rate: figure, // (wins + ties / 2) / n
  low: figure, // 95% interval
  high: figure,
  position_bias: figure,
})

export const shownModel = z.object({
  name: z.string(),
  path: z.string(),
  /** Its files are no longer at the path. */
  deleted: z.boolean(),
  initialised_from: z.string().nullable(),
  reference: z.string().nullable(),
  data: z.string(),
  sha256: z.string(),
  /** Null: the model made no training data (M0, and the last one). */
  made: iterationFigures.nullable(),
  win_rates: z.array(winRate),
  /** Agreement with human ranks, and the same for a judge that knows only length. Null: not measured. */
  judge_quality: z.record(z.string(), figure).nullable(),
  /** Evaluations brought along by the run's caller, by name. */
  checks: z.record(z.string(), z.record(z.string(), figure)),
  /** How it was trained: rows, steps and each metric's mean over the last quarter of the steps. Null: it was not. */
  training: z.record(z.string(), z.unknown()).nullable(),
})
export type ShownModel = z.infer<typeof shownModel>

export const runDetails = runSummary.extend({
  finished_at: z.string().nullable(),
  ended_early: runListing.shape.ended_early,
  asked: runListing.shape.asked,
  training: runListing.shape.training,
  seconds: z.number(), // of work, over all sessions
  engine: engineChoice.nullable(),
  error: errorValue.nullable(),
  recipe,
  stages: z.array(z.object({ iteration: z.int(), stage: stageName, seconds: z.number(), finished: z.boolean() })),
  models: z.array(shownModel),
  warnings: z.array(z.object({ iteration: z.int(), stage: stageName, code: z.string(), text: z.string() })),
})
export type RunDetails = z.infer<typeof runDetails>

/** What came of a start. `queued`: it starts when the run `after` has ended. */
export const started = z.object({
  state: z.enum(['started', 'queued']),
  after: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type Started = z.infer<typeof started>

const one = z.object({ id: z.string() })
const runName = z.string().trim().min(1).max(120)

export const runsContract = {
  ...newRunContract,
  list: procedure.output(z.array(runListing)), // newest first
  show: procedure.input(one).output(runDetails),
  /**
   * Start, or go on with what is missing; answers as soon as the work has started, or is queued because another run is worked on. Refused where the run
   * waits for a review.
   */
  start: procedure.input(one).output(started),
  /** The user has reviewed the pairs of this iteration, for which the run waits: it goes on (as `start` says) and trains on them. */
  confirmReview: procedure.input(one.extend({ iteration: z.int() })).output(started),
  /** Stop after the current unit of work; gives when it has stopped. */
  pause: procedure.input(one).output(z.void()),
  /**
   * End the run early and keep what it has; gives when it has ended. A training that is under way ends after its current step and its
   * model is saved as it is.
   */
  stopAndKeep: procedure.input(one).output(z.void()),
  rename: procedure.input(one.extend({ name: runName })).output(z.void()),
  /** With its rows, models and checkpoints. Refused while it is worked on. */
  /** What goes with a run: how many decisions, scores and notes by people; and what needs something of it, so that it can't be removed. */
  removal: procedure.input(one).output(z.object({ reviews: z.int(), neededBy: z.array(z.string()) })),
  remove: procedure.input(one).output(z.void()),
  /** Whether it waits for a person's review before each training, from the next one on. */
  setReviewWait: procedure.input(one.extend({ wait: z.boolean() })).output(z.void()),
}
