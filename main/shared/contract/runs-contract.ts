import { z } from 'zod'
import { errorValue } from '../engine-protocol.ts'
import { engineChoice, jobState } from '../enums.ts'
import { outsideMeasures } from '../outside-measures.ts'
import { recipe } from '../recipe.ts'
import { rewardRange } from '../reward-range.ts'
import { iterationReport, stageName } from '../run-events.ts'
import { snakeKeys } from '../snake-keys.ts'
import { newRunContract } from './new-run-contract.ts'
import { procedure, reading } from './procedure.ts'
import { runLoad } from './run-load-contract.ts'

/** Runs as shown to users and printed for other programs. Keys are snake_case, since these documents are written to files. */

/** `interrupted`: its process ended while it was running; resuming continues it. */
export const shownStatus = z.enum([...jobState.options, 'interrupted'])
export type ShownStatus = z.infer<typeof shownStatus>

/** Whether a process runs it. */
export const isActive = (status: ShownStatus): boolean => status === 'running' || status === 'pausing' || status === 'finishing'

export const runSummary = z.object({
  id: z.string(),
  name: z.string(),
  status: shownStatus,
  iteration: z.int(),
  stage: stageName.nullable(), // null: not started
  created_at: z.string(), // ISO 8601, UTC
  tags: z.array(z.string()),
  note: z.string(),
  /** The run whose recipe it was copied from. */
  source: z.string().nullable(),
  /** Shared by runs that differ in their seed alone. */
  group: z.object({ id: z.int(), name: z.string() }).nullable(),
  /** It is in the queue until that run has finished; null: until the accelerator is free. */
  after: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Whether it has ever been started. Before that, its whole recipe can be changed. */
  started: z.boolean(),
})
export type RunSummary = z.infer<typeof runSummary>

const figure = z.number().nullable()

/** A run as shown in lists of hundreds. */
export const runListing = runSummary.extend({
  base_model: z.string(),
  iterations: z.int(), // the recipe's
  finished_at: z.string().nullable(),
  seconds: z.number(), // working time over all sessions
  /** A user ended it early and kept its results. */
  ended_early: z.boolean(),
  /** Whether a training is in progress, whose model an early end would save in its current state. */
  training: z.boolean(),
  /** Mean reward of each iteration's candidates, as far as they have been judged; null: none readable. */
  rewards: z.array(figure),
  reward_range: rewardRange,
  /** The newest model's win rate against M1; of M1, or without one, against its predecessor. */
  win_rate: z
    .object({
      ...{ model: z.string(), against: z.string(), judge: z.string(), win_rate: figure, low: figure, high: figure },
      ...{ n: z.int(), unreadable: z.int() },
    })
    .nullable(),
  /** The share of held-out prompts that the newest model's sampled answers follow, by programs. */
  followed: z.object({ model: z.string(), met: z.number(), low: z.number(), high: z.number(), of: z.int() }).nullable(),
  /** Unreviewed pairs of the current iteration, if the run waits for review. */
  waiting_pairs: z.int(),
  review_wait: z.boolean(),
  error: errorValue.nullable(),
})
export type RunListing = z.infer<typeof runListing>

/** The report of the iteration for which the model generated data. */
export const iterationFigures = z.object({
  prompts: iterationReport.shape.promptsAccepted,
  ...snakeKeys(iterationReport.omit({ model: true, leftOut: true, promptsAccepted: true, rewardRange: true }).shape),
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
  low: figure, // bounds of the 95% interval
  high: figure,
  position_bias: figure,
})

/** A comparison of two checkpoints of a training, by their steps. */
export const checkpointComparison = winRate.omit({ against: true }).extend({ step: z.int(), against: z.int() })

export const shownModel = z.object({
  name: z.string(),
  path: z.string(),
  /** Its files no longer exist at the path. */
  deleted: z.boolean(),
  initialised_from: z.string().nullable(),
  reference: z.string().nullable(),
  data: z.string(),
  sha256: z.string(),
  /** Null: the model generated no training data (M0 and the last model). */
  made: iterationFigures.nullable(),
  win_rates: z.array(winRate),
  /** Comparisons that chose the checkpoint, in the order of steps. Empty: the last step's model was kept. */
  checkpoints: z.array(checkpointComparison),
  /** Agreement with human ranks, and the same for a judge that knows only length. Null: not measured. */
  judge_quality: z.record(z.string(), figure).nullable(),
  /** Evaluations provided by the run's caller, by name. */
  checks: z.record(z.string(), z.record(z.string(), figure)),
  /** Rows, steps, and each metric's mean over the last quarter of the steps. Null: not trained. */
  training: z.record(z.string(), z.unknown()).nullable(),
})
export type ShownModel = z.infer<typeof shownModel>

/** What a run asked of an engine. `model`: the server's; empty: the run's own. */
export const engineUse = z.object({
  engine: z.string(),
  model: z.string(),
  requests: z.int(),
  retries: z.int(),
  prompt_tokens: z.int(),
  new_tokens: z.int(),
  sent_bytes: z.int(),
  received_bytes: z.int(),
  cost: figure, // at the prices that were set; null: none were
  currency: z.string().nullable(),
})
export type EngineUse = z.infer<typeof engineUse>

export const runDetails = runSummary.extend({
  finished_at: z.string().nullable(),
  ended_early: runListing.shape.ended_early,
  training: runListing.shape.training,
  seconds: z.number(), // working time over all sessions
  engine: engineChoice.nullable(),
  /** What it asked of engines besides this machine, over all sessions. */
  engine_usage: z.array(engineUse),
  error: errorValue.nullable(),
  recipe,
  stages: z.array(z.object({ iteration: z.int(), stage: stageName, seconds: z.number(), finished: z.boolean() })),
  models: z.array(shownModel),
  /** Of a finished run: how many more held-out prompts the last model follows than the first that it is compared with, paired by prompt; 95 % interval. */
  gains: z.partialRecord(z.enum(outsideMeasures), z.object({ gain: z.number(), low: z.number(), high: z.number() })),
  warnings: z.array(z.object({ iteration: z.int(), stage: stageName, code: z.string(), text: z.string() })),
  /** The warnings that it stopped on by itself, as its recipe says; null: it didn't, or it was started again. */
  guard: z.object({ iteration: z.int(), stage: stageName, codes: z.array(z.string()), text: z.string() }).nullable(),
})
export type RunDetails = z.infer<typeof runDetails>

/** Result of a start. `queued`: it starts when the run `after` has ended. */
export const started = z.object({
  state: z.enum(['started', 'queued']),
  after: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type Started = z.infer<typeof started>

const one = z.object({ id: z.string() })
const tag = z.string().trim().min(1).max(40)
const runName = z.string().trim().min(1).max(120)

export const runsContract = {
  ...newRunContract,
  list: reading.output(z.array(runListing)), // newest first
  show: reading.input(one).output(runDetails),
  /**
   * Starts or resumes a run. Returns when the work has started, or is queued behind another run. Throws BAD_INPUT if the run waits for a
   * review.
   */
  start: procedure.input(one).output(started),
  /**
   * Confirms that the user has reviewed this iteration's pairs, which the run waits for. Starts the run as `start` does; it trains on them.
   */
  confirmReview: procedure.input(one.extend({ iteration: z.int() })).output(started),
  /** Stops after the current unit of work; returns when it has stopped. */
  pause: procedure.input(one).output(z.void()),
  /**
   * Ends the run early and keeps its results; returns when it has ended. A training in progress ends after its current step, and its model
   * is saved in that state.
   */
  stopAndKeep: procedure.input(one).output(z.void()),
  /** What it takes of the machine; null: this process doesn't run it. */
  load: reading.input(one).output(runLoad.nullable()),
  /** Queues it behind a run that hasn't finished, whatever else is in the queue. */
  startAfter: procedure.input(one.extend({ after: z.string() })).output(started),
  /** Makes it the first in the queue. */
  queueFirst: procedure.input(one).output(z.void()),
  rename: procedure.input(one.extend({ name: runName })).output(z.void()),
  describe: procedure.input(one.extend({ tags: z.array(tag).max(20), note: z.string().max(10_000) })).output(z.void()),
  /** What removal would delete (decisions, scores, and notes by users), and what depends on the run and so prevents its removal. */
  removal: reading.input(one).output(z.object({ reviews: z.int(), neededBy: z.array(z.string()) })),
  /** With its rows, models, and checkpoints, after some seconds in which it can be undone. Throws BUSY while it is running. */
  remove: procedure.input(one).output(z.void()),
  /** False: it was removed meanwhile. */
  undoRemove: procedure.input(one).output(z.boolean()),
  /** Whether it waits for human review before each training, starting with the next one. */
  setReviewWait: procedure.input(one.extend({ wait: z.boolean() })).output(z.void()),
}
