import { z } from 'zod'
import { limits } from './limits.ts'
import { leaveOut, message, promptInput } from './prompt-input.ts'
import { trainConfig, trainTask } from './train-config.ts'

/** What the engine is asked to train on. */

/** A text; messages, with the assistant's last for a completion; or token ids. */
export const completionInput = z.union([z.string(), z.array(message), z.object({ inputIds: z.array(z.int().min(0)) })])
export type CompletionInput = z.infer<typeof completionInput>

/** A response to learn from. One that was cut off (`unfinished`) is rendered without the end of its turn, so that no one learns to end there. */
export const responseInput = z.union([completionInput, z.object({ unfinished: z.string() })])
export type ResponseInput = z.infer<typeof responseInput>

export const sftRow = z.object({
  prompt: completionInput,
  completion: responseInput,
  /** Loss weight per completion token (default 1). */
  weights: z.array(z.number().min(0)).optional(),
  /** Loss weight of this row's prompt tokens, overriding the config's `prompt_weight` (learn a user's prompt, but not a judge prompt). */
  promptWeight: z.number().min(0).optional(),
})
export type SftRow = z.infer<typeof sftRow>

/** How much a pair counts in the loss, and in which order. Both are 1 by default. */
export const pairEmphasis = {
  /** Factor of the pair's loss. */
  weight: z.number().min(0).max(limits.factor).optional(),
  /** Confidence C in the order of the responses: the loss is `C L(chosen, rejected) + (1 - C) L(rejected, chosen)`. */
  consistency: z.number().min(0).max(1).optional(),
}

export const dpoRow = z.object({ prompt: completionInput, chosen: responseInput, rejected: responseInput, ...pairEmphasis })
export type DpoRow = z.infer<typeof dpoRow>

/** A verdict, of which the first token counts: a text, or a token id. */
const verdict = z.union([z.string().min(1), z.int().min(0)])

/**
 * Two judge prompts that ask the same about a better and a worse answer. Each ends where the verdict comes; the reward is the log-odds of
 * `yes` against `no` there.
 */
export const rewardRow = z.object({
  better: promptInput,
  worse: promptInput,
  yes: verdict,
  no: verdict,
  /** By how much the better reward should at least exceed the other, in log-odds (default 0). */
  margin: z.number().min(-limits.factor).max(limits.factor).optional(),
  weight: pairEmphasis.weight,
})
export type RewardRow = z.infer<typeof rewardRow>

export const trainParams = z.object({
  task: trainTask,
  model: z.string(), // initial weights (and the DPO reference)
  rows: z.array(z.union([sftRow, dpoRow, rewardRow])),
  config: trainConfig,
  /** Output folder; appears complete or not at all. */
  out: z.string(),
  /** Checkpoint folder. Training resumes from the newest complete checkpoint in it. */
  checkpoints: z.string(),
  /**
   * Ends the request after step `at` with a checkpoint, and saves the model so far to the folder `model`. Another request with the same training
   * continues it. Nothing is different if the training ends at that step or before.
   */
  pause: z.object({ at: z.int().min(1), model: z.string() }).optional(),
  leaveOut,
})
export type TrainParams = z.infer<typeof trainParams>

export const lengthsParams = trainParams.pick({ task: true, model: true, rows: true }).extend({
  maxLength: z.int().min(2),
  promptWeight: z.number().min(0).default(0), // SFT: default for rows without their own
})
export type LengthsParams = z.infer<typeof lengthsParams>

export const rowTokensParams = lengthsParams.omit({ task: true })
export type RowTokensParams = z.infer<typeof rowTokensParams>
