import { z } from 'zod'
import { oneLine } from '../common/one-line.ts'
import { limits } from '../engine/limits.ts'
import { precisionWish, trainConfig } from '../engine/train-config.ts'
import { recipeVersion } from './recipe-version.ts'

/**
 * A recipe: every number of a run, in one validated document. Its JSON form is what people write, share and compare, so
 * its keys are spelled like TRL's. Defaults are the paper's (Yuan et al. 2024), section and value named beside each.
 */

const samplingFields = {
  temperature: z.number().min(0).max(limits.factor).default(0.7),
  top_p: z.number().gt(0).max(1).default(0.9),
  top_k: z.int().min(0).max(limits.rows).default(0),
  max_new_tokens: z.int().min(1).max(limits.tokens).default(512),
  /** A response ends before the first of these texts. The model's own stop tokens always count. */
  stop: z.array(z.string().min(1)).default([]),
}

/**
 * A training inside a recipe. Precision and seed belong to the whole run (`recipe.precision`, `recipe.seed`) unless a
 * training names its own.
 */
const training = trainConfig.extend({
  precision: precisionWish.nullable().default(null),
  seed: z.int().min(0).nullable().default(null),
  dropout: z.number().min(0).max(0.9).default(0.1), // paper: 0.1
})

/** Supervised fine-tuning: 5.5e-6 falling to 1.1e-6 by a cosine, batches of 16 (paper, section 3.1.3). */
export const sftRecipe = training.extend({
  learning_rate: z.number().min(0).max(limits.learningRate).default(5.5e-6),
  min_learning_rate: z.number().min(0).max(limits.learningRate).default(1.1e-6),
})

/** Preference training: 1e-6 falling to 1e-7, batches of 16, beta 0.1 (paper, section 3.1.3). */
export const dpoRecipe = training.extend({ min_learning_rate: z.number().min(0).max(limits.learningRate).default(1e-7) })
export type TrainingRecipe = z.infer<typeof training>

/** A judge: how a response is turned into a reward. */
export const judgeRecipe = z.strictObject({
  /**
   * - `additive`: the paper's additive five-point prompt, `samples` judgements sampled and averaged (section 2.2).
   * - `expected`: the same prompt, the expectation of the score under the probabilities of the score tokens: one pass, few ties.
   * - `ticks`: the judge writes one tick per requirement (greedily); the reward is the sum of p(+) / (p(+) + p(-)).
   * - `random`: a seeded uniform number. A control, never a judge.
   */
  method: z.enum(['additive', 'expected', 'ticks', 'random']).default('additive'),
  /** File name in resources/judges (without .txt), or a path. Holds <INSTRUCTION_HERE> and <RESPONSE_HERE>. */
  prompt: z.string().default('additive-5-point'),
  samples: z.int().min(1).max(limits.samples).default(3), // paper: 3
  /** The two tick texts and how many ticks a readable judgement has (method `ticks`). */
  ticks: z
    .strictObject({ yes: z.string(), no: z.string(), count: z.int().min(1).max(limits.samples) })
    .nullable()
    .default(null),
  ...samplingFields,
})
export type JudgeRecipe = z.infer<typeof judgeRecipe>

export const promptsRecipe = z.strictObject({
  /**
   * - `self-instruct`: 8-shot, 6 demonstrations from the seed data and 2 made by the model (paper, section 2.2; Wang et al. 2022).
   * - `pre-query`: the model continues the text before a user's message (Xu et al. 2024, Magpie).
   * - `file`: prompts are taken in order from `file`.
   */
  method: z.enum(['self-instruct', 'pre-query', 'file']).default('self-instruct'),
  file: z.string().nullable().default(null),
  /** How `self-instruct` asks: as a user's message (chat models), or as plain text to be continued (base models). */
  form: z.enum(['message', 'text']).default('message'),
  /** Accepted prompts per iteration. */
  count: z.int().min(1).max(limits.rows).default(256),
  /** Gives up after this many sampled prompts per wanted one. */
  max_attempts_per_prompt: z.number().min(1).max(limits.factor).default(20),
  /** Which model writes: the current one, or M1 throughout (the paper uses one fixed model). */
  writer: z.enum(['current', 'M0', 'M1']).default('current'),
  demonstrations: z
    .strictObject({ seed: z.int().min(0).max(limits.samples).default(6), generated: z.int().min(0).max(limits.samples).default(2) })
    .prefault({}),
  filters: z
    .strictObject({
      min_words: z.int().min(0).max(limits.characters).default(4),
      max_words: z.int().min(1).max(limits.characters).default(150),
      min_characters: z.int().min(1).max(limits.characters).default(1),
      max_characters: z.int().min(1).max(limits.characters).default(4000),
      /** Largest ROUGE-L F1 to any seed or accepted prompt (1 or more: off; exact duplicates are always dropped). */
      max_rouge_l: z.number().min(0).max(limits.factor).default(0.7),
      keywords: z
        .array(z.string())
        .default(['image', 'images', 'graph', 'graphs', 'picture', 'pictures', 'file', 'files', 'map', 'maps', 'draw', 'plot', 'go to']),
      starts: z.array(z.string()).default(['Write a program']),
      /** Drop prompts that start with punctuation or a non-ASCII character. */
      plain_start: z.boolean().default(true),
    })
    .prefault({}),
  temperature: z.number().min(0).max(limits.factor).default(0.6), // paper: 0.6
  top_p: z.number().gt(0).max(1).default(0.9), // paper: 0.9
  top_k: z.int().min(0).max(limits.rows).default(0),
  max_new_tokens: z.int().min(1).max(limits.tokens).default(256),
  stop: z.array(z.string().min(1)).default([]),
})
export type PromptsRecipe = z.infer<typeof promptsRecipe>

/** Names stand in lists, files and titles, where each is one line. */
const printableName = z.string().transform(oneLine).pipe(z.string().min(1))

export const recipe = z.strictObject({
  /** Of the recipe's form. Older ones are brought to this one before they are read (`recipe-version.ts`). */
  version: z.literal(recipeVersion).default(recipeVersion),
  name: printableName,
  description: z.string().default(''),
  seed: z.int().min(0).default(0),
  /** A Hugging Face folder or GGUF file. Relative paths are relative to the recipe's file; `demo:` means resources/demo. */
  base_model: z.string().min(1),
  /** Of matrix products. `auto`: what the machine was measured to be faster in; the run records it, and keeps it when it is resumed. */
  precision: precisionWish.default('auto'),
  /** Self-rewarding rounds after M1: 2 gives M2 and M3, as in the paper. */
  iterations: z.int().min(0).max(limits.iterations).default(2),
  seed_data: z
    .strictObject({
      /** Instruction following examples: (instruction, response). */
      ift: z.string().nullable().default(null),
      ift_limit: z.int().min(1).max(limits.rows).default(3200), // paper: 3,200
      /** Evaluation examples, ready made: (judge prompt, justified score). */
      eft: z.string().nullable().default(null),
      /** Human-ranked answers from which EFT examples are built: judged by the SFT baseline, kept where they agree (section 3.1). */
      ranked: z.string().nullable().default(null),
      /** Ranked prompts judged to build EFT examples (null: all of them). */
      ranked_limit: z.int().min(1).max(limits.rows).nullable().default(null),
      eft_limit: z.int().min(0).max(limits.rows).default(1630), // paper: 1,630
      /** Ranked prompts held out for measuring the judge (paper: 541 examples). */
      ranked_held_out: z.int().min(0).max(limits.rows).default(64),
      /**
       * How the SFT baseline scores ranked answers: `written`, as any judge writes (paper); `drawn` from its probabilities of 0..5, with a written
       * justification: for a small model that hardly ever comes to a score by itself. What agrees with people teaches M1 to write one unasked.
       */
      eft_scores: z.enum(['written', 'drawn']).default('written'),
      /** At most this share of the EFT examples may carry the most common score; the surplus is thrown away. */
      eft_max_score_share: z.number().gt(0).max(1).default(0.5),
    })
    .prefault({}),
  /** M0 -> SFT baseline (IFT only; used to build EFT data) and M0 -> M1 (IFT + EFT). Null: M1 is M0. */
  sft: sftRecipe.nullable().prefault({}),
  prompts: promptsRecipe.prefault({}),
  candidates: z.strictObject({ count: z.int().min(2).max(limits.samples).default(4), ...samplingFields }).prefault({}), // paper: N = 4, T 0.7, top-p 0.9
  judge: judgeRecipe.prefault({}),
  pairs: z
    .strictObject({
      rule: z.enum(['best-v-worst']).default('best-v-worst'),
      /** Smallest reward gap; a tie (gap 0) never makes a pair. */
      min_gap: z.number().min(0).max(limits.factor).default(0),
      /** Only responses that ended by themselves may form a pair. */
      finished_only: z.boolean().default(false),
    })
    .prefault({}),
  review: z.strictObject({ wait: z.boolean().default(false) }).prefault({}),
  dpo: dpoRecipe.prefault({}),
  evaluation: z
    .strictObject({
      /** Held-out prompts for head-to-head win rates; null: taken from the seed data's tail. */
      prompts: z.string().nullable().default(null),
      count: z.int().min(0).max(limits.rows).default(64), // paper: 256
      /** `pairwise`: the judge sees both answers, in both orders; `reward`: the answers' rewards are compared. */
      method: z.enum(['pairwise', 'reward']).default('pairwise'),
      /** `M0`, `M1`, `current`, or the path of another local model. */
      judge: z.string().default('M1'),
      judge_prompt: z.string().default('pairwise'),
      /** Longest verdict, in tokens. Verdicts are decoded greedily. */
      judge_max_new_tokens: z.int().min(1).max(limits.tokens).default(256),
      ...samplingFields,
    })
    .prefault({}),
  /** Sequences in flight at once, for generation. */
  batch: z.int().min(1).max(limits.batch).default(64),
  /**
   * Units of work asked of the engine in one request. What shares a batch can change the last bits of a number, so a
   * request that was cut short is asked again with the same units: larger is faster, smaller loses less to a kill.
   */
  chunk: z.int().min(1).max(limits.rows).default(256),
})
export type Recipe = z.infer<typeof recipe>

/** A recipe as people write it: anything with a default may be left out. */
export type RecipeInput = z.input<typeof recipe>
