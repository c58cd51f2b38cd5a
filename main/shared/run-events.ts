import { z } from 'zod'
import { errorValue } from './engine-protocol.ts'
import { jobState } from './enums.ts'
import { rewardRange } from './reward-range.ts'

/** The stages of iteration 0 (M0 becomes M1) and of every later one (M_t becomes M_{t+1}). */
export const firstStages = ['seed-data', 'baseline', 'eft', 'train', 'evaluate'] as const
export const laterStages = ['prompts', 'candidates', 'judgements', 'pairs', 'judge-pairs', 'review', 'train', 'evaluate'] as const
export const stageName = z.enum([...new Set([...firstStages, ...laterStages])])
export type StageName = z.infer<typeof stageName>

/** Figures of an iteration's data, by which to tell whether it is healthy. Null: nothing to measure. */
export const iterationReport = z.object({
  model: z.string(), // generated and judged the data
  promptsAccepted: z.int(),
  promptsRejected: z.record(z.string(), z.int()), // by reason
  /**
   * Prompts without a response and responses without a judgement, because they couldn't be processed. Missing in runs of earlier versions.
   */
  leftOut: z.int().optional(),
  meanReward: z.number().nullable(),
  /** Standard error of the mean reward, over prompts. Missing in runs of earlier versions, as the next one is. */
  meanRewardError: z.number().nullable().default(null),
  /** Share of the prompts whose best and worst rewards are at least the recipe's `min_gap` apart: on which the judge decides. */
  decidedShare: z.number().nullable().default(null),
  tieShare: z.number().nullable(), // of prompts with two or more rewarded candidates: equal best and worst reward
  pairs: z.int(),
  yield: z.number().nullable(), // share of the prompts that gave a pair
  judgements: z.int(),
  parseFailures: z.int(),
  /** The share of the judge's comparisons that depend on the order. Missing: it made none. */
  flipRate: z.number().nullable().optional(),
  /** Missing in runs of earlier versions, whose rewards are from 0 to 5. */
  rewardRange: rewardRange.optional(),
  meanLength: z.number().nullable(), // of candidates, in characters
  meanLengthChosen: z.number().nullable(),
  meanLengthRejected: z.number().nullable(),
  /** Share of the rewards at the top of the judge's range. Like the following, null in runs of earlier versions. */
  topShare: z.number().nullable().default(null),
  rewardSpread: z.number().nullable().default(null), // standard deviation of the rewards
  /** How alike this model and the one before rank the candidates, 0 to 1, as a mean over prompts; null: not measured. */
  consistency: z.number().nullable().default(null),
})
export type IterationReport = z.infer<typeof iterationReport>

/** The report stored as the summary of a pairs stage; undefined: none, or not of this form. */
export const storedReport = (summary: unknown): IterationReport | undefined => iterationReport.safeParse(summary).data

const place = { iteration: z.int(), stage: stageName }

/** Events a run reports to its listeners. All but `progress` and `training-step` are stored. */
export const runEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), status: jobState.exclude(['pausing', 'finishing']), error: errorValue.nullable() }),
  /** The run stopped by itself, because of warnings that its recipe stops on. */
  z.object({ kind: z.literal('guard-stop'), ...place, codes: z.array(z.string()), text: z.string() }),
  /** The user ended the run early. */
  z.object({ kind: z.literal('ended-early'), ...place, text: z.string() }),
  z.object({ kind: z.literal('stage-started'), ...place }),
  z.object({
    kind: z.literal('progress'),
    ...place,
    what: z.string(), // 'candidates of M1'
    done: z.int(),
    total: z.int(),
    perSecond: z.number().nullable(), // null: not known yet
    secondsLeft: z.number().nullable(),
  }),
  z.object({ kind: z.literal('stage-finished'), ...place, seconds: z.number(), summary: z.record(z.string(), z.unknown()) }),
  z.object({
    kind: z.literal('training-step'),
    ...place,
    model: z.string(),
    step: z.int(),
    steps: z.int(),
    metrics: z.record(z.string(), z.number()),
  }),
  z.object({ kind: z.literal('report'), ...place, report: iterationReport }),
  z.object({
    kind: z.literal('evaluated'),
    ...place,
    model: z.string(),
    what: z.string(),
    against: z.string(),
    judge: z.string().optional(), // missing in runs of earlier versions
    result: z.record(z.string(), z.number().nullable()),
  }),
  z.object({ kind: z.literal('note'), ...place, text: z.string() }),
  z.object({ kind: z.literal('warning'), ...place, code: z.string(), text: z.string() }),
])
export type RunEvent = z.infer<typeof runEvent>

/** Events too frequent to store; their content is stored elsewhere. */
export const isPassing = (event: RunEvent): boolean => event.kind === 'progress' || event.kind === 'training-step'
