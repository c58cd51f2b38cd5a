import { z } from 'zod'
import { checkpointChoiceRecipe } from './checkpoint-choice.ts'
import { roleEngines } from './engine-settings.ts'
import { guardCodes } from './failure-signs.ts'
import { limits } from './limits.ts'
import { oneLine } from './one-line.ts'
import { randomGenerator } from './random-generator.ts'
import { grammarRecipe } from './recipe-grammar.ts'
import { metaRecipe } from './recipe-meta.ts'
import { pairsRecipe } from './recipe-pairs.ts'
import { seedDataRecipe } from './recipe-seed-data.ts'
import { recipeVersion } from './recipe-version.ts'
import { precisionWish, trainConfig } from './train-config.ts'

/**
 * A recipe: every number of a run in one validated document. Users write, share, and compare its JSON form, so the keys follow TRL's
 * spelling. Defaults are the paper's (Yuan et al. 2024); comments give the section and value.
 */

const samplingFields = {
  temperature: z.number().min(0).max(limits.factor).default(0.7),
  top_p: z.number().gt(0).max(1).default(0.9),
  top_k: z.int().min(0).max(limits.rows).default(0),
  max_new_tokens: z.int().min(1).max(limits.tokens).default(512),
  /** A response ends before the first of these texts. The model's own stop tokens always apply. */
  stop: z.array(z.string().min(1)).default([]),
}

/**
 * Training settings in a recipe. Precision and seed are the run's (`recipe.precision`, `recipe.seed`) unless a training sets its own. The
 * generator of random numbers always is.
 */
const training = trainConfig.omit({ random: true }).extend({
  precision: precisionWish.nullable().default(null),
  seed: z.int().min(0).nullable().default(null),
  dropout: z.number().min(0).max(0.9).default(0.1), // paper: 0.1
})

/** Supervised fine-tuning: learning rate 5.5e-6 decaying to 1.1e-6 on a cosine schedule, batch size 16 (paper, section 3.1.3). */
export const sftRecipe = training.extend({
  learning_rate: z.number().min(0).max(limits.learningRate).default(5.5e-6),
  min_learning_rate: z.number().min(0).max(limits.learningRate).default(1.1e-6),
})

/**
 * Method `self-sft`: how responses to learn from are sampled, with TRL's defaults (the paper's own models sample at temperatures of 1.1 to
 * 1.6). Their length limit and stop texts are those of `candidates`.
 */
const selfSftRecipe = z.strictObject({
  /** Responses per prompt. */
  samples: z.int().min(1).max(limits.samples).default(1),
  temperature: samplingFields.temperature.unwrap().default(0.6),
  top_p: samplingFields.top_p.unwrap().default(1),
  top_k: samplingFields.top_k.unwrap().default(20),
  /** How M_{t+1} is fine-tuned on them. Null: as M1 on the seed data (`sft`). */
  training: sftRecipe.nullable().default(null),
})

/** Method `spin`. */
const spinRecipe = z.strictObject({
  /** So many iterations before whose pairs M_{t+1} is trained on again, besides those of iteration t. */
  earlier_iterations: z.int().min(0).max(limits.iterations).default(1), // Chen et al. 2024: the one before, as many pairs of each
})

/** Preference training: learning rate 1e-6 decaying to 1e-7, batch size 16, beta 0.1 (paper, section 3.1.3). */
export const dpoRecipe = training.extend({ min_learning_rate: z.number().min(0).max(limits.learningRate).default(1e-7) })
export type TrainingRecipe = z.infer<typeof training>

/** A judge's training on pairs. The paper has none; its rate is that of fine-tuning. */
export const rewardRecipe = training.extend({
  learning_rate: z.number().min(0).max(limits.learningRate).default(5.5e-6),
  min_learning_rate: z.number().min(0).max(limits.learningRate).default(1.1e-6),
  dropout: z.number().min(0).max(0.9).default(0),
})

/**
 * Methods whose judgements are sampled integer scores, `judge.samples` of which are averaged. The others judge an answer once, with a
 * continuous score.
 */
export const averagingMethods: readonly string[] = ['additive']

/** Methods that are programs and ask no model. */
export const programMethods: readonly string[] = ['verifier', 'majority', 'length', 'random']

/** How the judge turns a response into a reward. */
export const judgeRecipe = z.strictObject({
  /**
   * - `additive`: the paper's additive five-point prompt; the mean of `samples` sampled judgements (section 2.2).
   * - `expected`: the same prompt, and the expected score under the probabilities of the score tokens: one pass, few ties.
   * - `ticks`: the judge writes one tick per requirement (greedily); the reward is the sum of p(yes) / (p(yes) + p(no)).
   * - `yes`: one question about the response; the reward is p(yes) / (p(yes) + p(no)), and no text is generated (Garg et al. 2025).
   * - `checklist`: the same for each requirement of the prompt; the reward is the weighted mean times their number (Gunjal et al. 2025).
   * - `pairwise`: compares every two responses to a prompt in both orders; the reward is the share of comparisons won.
   * - `contrast`: log p(response) after an instruction to answer well, minus the same after one to answer badly (Liu et al. 2024).
   * - `implicit`: beta (log p(response) - log p(response) under M0), the reward that DPO implies (Rafailov et al. 2023).
   * - `verifier`: programs check the prompt's requirements; the reward is the weighted share met times their number.
   * - `majority`: the share of the prompt's candidates with the same final answer (Prasad et al. 2024, ScPO; Zuo et al. 2025, TTRL).
   * - `length`: the length of the response, as a control.
   * - `random`: a seeded uniform number, as a control.
   */
  method: z
    .enum([
      ...(['additive', 'expected', 'ticks', 'yes', 'checklist', 'pairwise', 'contrast', 'implicit'] as const),
      ...(['verifier', 'majority', 'length', 'random'] as const),
    ])
    .default('additive'),
  /**
   * File name in resources/judges (without .txt), or a path; null: the method's own. Holds <INSTRUCTION_HERE> and <RESPONSE_HERE>; for
   * `pairwise`, <RESPONSE_A_HERE> and <RESPONSE_B_HERE> instead; for `checklist` also <REQUIREMENT_HERE>, and the instruction may be missing.
   */
  prompt: z.string().nullable().default(null),
  samples: z.int().min(1).max(limits.samples).default(3), // paper: 3
  /** The two tick texts, and the number of ticks a parsed judgement must have (method `ticks`). */
  ticks: z
    .strictObject({ yes: z.string(), no: z.string(), count: z.int().min(1).max(limits.samples) })
    .nullable()
    .default(null),
  /** The two answers whose probabilities are compared (methods `yes` and `checklist`). */
  answers: z.strictObject({ yes: z.string().min(1).default('Yes'), no: z.string().min(1).default('No') }).prefault({}),
  /** The checklist of prompts that carry none (method `checklist`). Empty: the judge writes one for each prompt. */
  requirements: z.array(z.string().min(1)).default([]),
  /** How the judge is asked to write a checklist: a file name in resources/judges, or a path. Holds <INSTRUCTION_HERE>. */
  checklist_prompt: z.string().default('write-checklist'),
  /** Responses are compared only if the longer one is at most this many times as long; null: always (method `pairwise`). */
  length_ratio: z.number().min(1).max(limits.factor).nullable().default(null),
  /** The system messages that ask for good and for bad responses: file names in resources/judges, or paths (method `contrast`). */
  contrast: z
    .strictObject({
      good: z.string().default('contrast-good'),
      bad: z.string().default('contrast-bad'),
      /** Divide by the number of tokens, so that a longer response doesn't weigh more. */
      per_token: z.boolean().default(true),
    })
    .prefault({}),
  implicit: z
    .strictObject({
      beta: z.number().gt(0).max(limits.factor).default(0.1),
      per_token: z.boolean().default(false),
    })
    .prefault({}),
  majority: z
    .strictObject({
      /** The final answer: what follows a marker, the last number, or the whole text; `auto`: the first of these that there is. */
      answer: z.enum(['auto', 'marker', 'number', 'text']).default('auto'),
      /** Texts before the answer, in any case; the last one in the response counts. */
      markers: z.array(z.string().min(1)).default(['####', 'answer:']),
    })
    .prefault({}),
  length: z.strictObject({ unit: z.enum(['words', 'characters']).default('words') }).prefault({}),
  ...samplingFields,
})
export type JudgeRecipe = z.infer<typeof judgeRecipe>
export type JudgeMethod = JudgeRecipe['method']

export const promptsRecipe = z.strictObject({
  /**
   * - `self-instruct`: 8-shot, with 6 demonstrations from the seed data and 2 generated by the model (paper, section 2.2; Wang et al.
   *   2022).
   * - `pre-query`: the model completes the chat template's opening of a user message (Xu et al. 2024, Magpie).
   * - `file`: prompts are taken from `file`, in order, with their requirements.
   * - `grammar`: a task and requirements that programs check are put together.
   */
  method: z.enum(['self-instruct', 'pre-query', 'file', 'grammar']).default('self-instruct'),
  file: z.string().nullable().default(null),
  grammar: grammarRecipe.prefault({}),
  /** How `self-instruct` asks: with a user message (chat models), or with plain text to continue (base models). */
  form: z.enum(['message', 'text']).default('message'),
  /** Accepted prompts per iteration. */
  count: z.int().min(1).max(limits.rows).default(256),
  /** Gives up after this many sampled prompts per prompt wanted. */
  max_attempts_per_prompt: z.number().min(1).max(limits.factor).default(20),
  /** The model that writes prompts: the current one, or M0 or M1 throughout (the paper uses one fixed model). */
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
      /**
       * Maximum ROUGE-L F1 with any seed or accepted prompt (1 or more: off; exact duplicates are always dropped). `grammar` compares the
       * tasks that the model wrote, and nothing if the tasks are from a list.
       */
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

/** Names appear in lists, file names, and titles, so they must be a single line. */
const printableName = z.string().transform(oneLine).pipe(z.string().min(1))

export const recipe = z.strictObject({
  /** Recipe format version. Older recipes are upgraded before they are parsed (`recipe-version.ts`). */
  version: z.literal(recipeVersion).default(recipeVersion),
  name: printableName,
  description: z.string().default(''),
  seed: z.int().min(0).default(0),
  /** What draws random numbers from the seed. */
  random: randomGenerator.default('philox'),
  /** A Hugging Face model folder or a GGUF file. Relative paths are relative to the recipe's file; `demo:` means resources/demo. */
  base_model: z.string().min(1),
  /** Precision of matrix products. `auto`: whichever is faster on this machine; the run records it and keeps it when resumed. */
  precision: precisionWish.default('auto'),
  /**
   * What an iteration is. The last two need no judge: they are the controls to compare a judge with.
   *
   * - `self-rewarding`: M_t answers new prompts and judges its answers, and M_{t+1} is trained on the resulting pairs (paper).
   * - `spin`: M_t answers prompts of the seed data, and M_{t+1} is trained to prefer the seed data's response to M_t's and, from the second
   *   iteration on, to M_{t-1}'s (Chen et al. 2024).
   * - `self-sft`: M_t answers new prompts, and M_{t+1} is M_t fine-tuned on these answers (Simple Self-Distillation: arXiv 2604.01193).
   */
  method: z.enum(['self-rewarding', 'spin', 'self-sft']).default('self-rewarding'),
  /** Iterations after M1: 2 gives M2 and M3, as in the paper. */
  iterations: z.int().min(0).max(limits.iterations).default(2),
  seed_data: seedDataRecipe.prefault({}),
  /** M0 -> SFT baseline (IFT only; builds the EFT data) and M0 -> M1 (IFT + EFT). Null: M1 is M0. */
  sft: sftRecipe.nullable().prefault({}),
  /** SFT baseline -> M1, for the forms `ranked` and `made`. */
  reward: rewardRecipe.prefault({}),
  prompts: promptsRecipe.prefault({}),
  candidates: z.strictObject({ count: z.int().min(2).max(limits.samples).default(4), ...samplingFields }).prefault({}), // paper: N = 4, T 0.7, top-p 0.9
  judge: judgeRecipe.prefault({}),
  pairs: pairsRecipe.prefault({}),
  meta: metaRecipe.prefault({}),
  /** Warnings that the run stops on, until the user starts it again. All warnings are shown, whether it stops or not. */
  guards: z.strictObject({ stop_on: z.array(z.enum(guardCodes)).default([]) }).prefault({}),
  review: z.strictObject({ wait: z.boolean().default(false) }).prefault({}),
  dpo: dpoRecipe.prefault({}),
  spin: spinRecipe.prefault({}),
  self_sft: selfSftRecipe.prefault({}),
  checkpoint_choice: checkpointChoiceRecipe.prefault({}),
  evaluation: z
    .strictObject({
      /** Held-out prompts for head-to-head win rates; null: the tail of the seed data. */
      prompts: z.string().nullable().default(null),
      count: z.int().min(0).max(limits.rows).default(64), // paper: 256
      /**
       * Held-out prompts whose requirements programs check: the outside measure, which the loop never reads. `checks_held_out`: prompts with
       * families of requirements that occur nowhere else.
       */
      checks: z.string().nullable().default(null),
      checks_held_out: z.string().nullable().default(null),
      /** Prompts of each, at most. */
      checks_count: z.int().min(1).max(limits.rows).default(256),
      /** Sampled answers to each, besides a greedy one. */
      checks_samples: z.int().min(0).max(limits.samples).default(1),
      /** `pairwise`: the judge sees both answers, in both orders; `reward`: it scores each answer, and the rewards are compared. */
      method: z.enum(['pairwise', 'reward']).default('pairwise'),
      /** `M0`, `M1`, `current`, or the path of another local model. */
      judge: z.string().default('M1'),
      judge_prompt: z.string().default('pairwise'),
      /** Maximum length of a verdict, in tokens. Verdicts are decoded greedily. */
      judge_max_new_tokens: z.int().min(1).max(limits.tokens).default(256),
      ...samplingFields,
    })
    .prefault({}),
  /** Where each kind of work is done: the names of engines that this machine's user has configured; `local`: on this machine. */
  engines: roleEngines.prefault({}),
  /** Number of sequences generated in parallel. */
  batch: z.int().min(1).max(limits.batch).default(64),
  /**
   * Units of work per engine request. Batch composition can change the last bits of a number, so an interrupted request is repeated with
   * the same units: a larger chunk is faster, a smaller one loses less when the run is killed. A Ray cluster gets more if that keeps it busy.
   * Prompts are written in rounds of at most so many.
   */
  chunk: z.int().min(1).max(limits.rows).default(256),
})
export type Recipe = z.infer<typeof recipe>
export type Method = Recipe['method']

/** What new evaluations draw random numbers with, whatever the run that they measure draws with. */
export const newGenerator = recipe.shape.random.parse(undefined)

/** A recipe as users write it: anything with a default can be omitted. */
export type RecipeInput = z.input<typeof recipe>
