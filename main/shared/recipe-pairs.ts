import { z } from 'zod'
import { limits } from './limits.ts'

/** How a recipe makes preference pairs of judged candidates. */
export const pairsRecipe = z.strictObject({
  /**
   * - `best-v-worst`: the highest reward against the lowest (paper, section 2.2).
   * - `all-above-margin`: every pair of a prompt's candidates whose rewards are `min_gap` or more apart.
   * - `length-controlled`: the shortest of the good candidates against the longest of the bad ones, where `rho` says how many count as good
   *   and as bad (Wu et al. 2024, Meta-Rewarding).
   * - `anchored`: the best candidate against the worst of M0's answers to the same prompt, which the current judge rates too (Wang et al.
   *   2025, Temporal Self-Rewarding).
   * - `human-only`: best against worst, and only the pairs that the user has decided in Review are trained on.
   */
  rule: z.enum(['best-v-worst', 'all-above-margin', 'length-controlled', 'anchored', 'human-only']).default('best-v-worst'),
  /** Minimum reward gap; a tie (gap 0) never makes a pair. */
  min_gap: z.number().min(0).max(limits.factor).default(0),
  /** Pairs per prompt, at most; those with the widest gaps are kept. Four candidates have six pairs. */
  max_per_prompt: z.int().min(1).max(limits.samples).default(6),
  /** Pairs per iteration, at most; those with the widest gaps are kept. Null: all. */
  max_per_iteration: z.int().min(1).max(limits.rows).nullable().default(null),
  /** `length-controlled`: the share of a prompt's reward range that counts as good, and as bad. 0: only the best and the worst. */
  rho: z.number().min(0).max(0.5).default(0.2),
  /** The smallest and the largest ratio of the chosen response's length to the rejected one's, in characters. Null: any. */
  length_ratio: z
    .array(z.number().min(0).max(limits.factor))
    .refine((bounds) => bounds.length === 2 && bounds[0] <= bounds[1], 'Must be two numbers, the smaller one first')
    .nullable()
    .default(null),
  /**
   * Which responses can form a pair, by how they ended. A response that was cut off at the token limit is trained on without an end, so with
   * many of them among the chosen a model learns to never end, and among the rejected to end early.
   *
   * - `any`: all.
   * - `finished`: both ended by themselves.
   * - `chosen-finished`: the chosen one ended by itself.
   * - `same`: both ended by themselves, or both were cut off.
   */
  endings: z.enum(['any', 'finished', 'chosen-finished', 'same']).default('any'),
  /**
   * The least variety of a chosen response: different pairs of consecutive words as a share of all its pairs (distinct-2, Li et al. 2016). A
   * judge that likes a mark likes it better ten times, so a model that rewards itself learns to repeat. 0: any.
   */
  chosen_distinct: z.number().min(0).max(1).default(0),
  /**
   * Whether the model of the iteration before judges the candidates too, and pairs count less in the loss where its ranking differs (Wang
   * et al. 2024, CREAM): `prompt` by the prompt's own consistency, `iteration` by the mean over the iteration's prompts.
   */
  consistency: z.enum(['none', 'prompt', 'iteration']).default('none'),
  /**
   * Keep only pairs whose order the implicit reward (`judge.implicit`) of the current model shares, with M0 as its reference (Zhou et al.
   * 2025, SCIR).
   */
  agreement: z.boolean().default(false),
})
