import { z } from 'zod'
import { answerFlaw } from './answer-flaws.ts'
import { limits } from './limits.ts'

/**
 * What M1 learns to judge from (section 2.1 of the paper, and forms that small models can learn).
 *
 * - `judgements`: the SFT baseline judges human-ranked answers, and judgements that agree with the ranking are kept (paper, section 3.1).
 * - `requirements`: programs grade responses requirement by requirement, once; each verdict is a Yes or No to learn, in the words in which the
 *   judge `checklist` asks.
 * - `ranked`: pairs of human-ranked answers, balanced by length. After fine-tuning, M1 is trained as a judge: the log-odds of yes, as the judge
 *   `yes` asks, are to be higher for the better answer (Bradley-Terry).
 * - `made`: the same with pairs whose order is known by construction: an answer and a spoiled copy.
 */
const eftForm = z.enum(['judgements', 'requirements', 'ranked', 'made'])
export type EftForm = z.infer<typeof eftForm>

/** The data that a run starts from, and how M1's examples are made of it. */
export const seedDataRecipe = z.strictObject({
  /** Instruction-following examples: (instruction, response). */
  ift: z.string().nullable().default(null),
  ift_limit: z.int().min(1).max(limits.rows).default(3200), // paper: 3,200
  /** One form of EFT data, or a list of several. */
  eft_form: z
    .union([eftForm, z.array(eftForm).min(1)], { error: `Must be one of ${eftForm.options.join(', ')}, or a list of them` })
    .transform((forms) => [...new Set([forms].flat())])
    .prefault(['judgements']),
  /** Ready-made evaluation examples: (judge prompt, score with justification). */
  eft: z.string().nullable().default(null),
  /**
   * Human-ranked answers to build EFT examples from: the SFT baseline judges them, and judgements that agree are kept (section 3.1).
   */
  ranked: z.string().nullable().default(null),
  /** Number of ranked prompts to judge for EFT examples (null: all of them). */
  ranked_limit: z.int().min(1).max(limits.rows).nullable().default(null),
  eft_limit: z.int().min(0).max(limits.rows).default(1630), // paper: 1,630
  /** Ranked prompts held out to measure the judge (paper: 541 examples). */
  ranked_held_out: z.int().min(0).max(limits.rows).default(64),
  /**
   * How the SFT baseline scores ranked answers. `written`: it writes a judgement, as any judge does (paper). `drawn`: the score is
   * sampled from its probabilities of 0..5, and it writes a justification: for a small model that rarely arrives at a score by itself.
   * Judgements that agree with the human ranking then teach M1 to write a score unprompted.
   */
  eft_scores: z.enum(['written', 'drawn']).default('written'),
  /** Maximum share of EFT examples with the most common score; the surplus is dropped. */
  eft_max_score_share: z.number().gt(0).max(1).default(0.5),
  /** Prompts with requirements that programs can check, for the form `requirements`; null: from the grammar of `prompts.grammar`. */
  graded_prompts: z.string().nullable().default(null),
  /** Number of them whose graded responses become EFT examples. */
  graded_count: z.int().min(1).max(limits.rows).default(256),
  /** Further ones held out, on whose graded responses every model is measured as a judge. */
  graded_held_out: z.int().min(0).max(limits.rows).default(32),
  /** Responses to each, sampled like candidates. */
  graded_samples: z.int().min(1).max(limits.samples).default(4),
  /** Other prompts whose requirements a response is graded by too. */
  graded_swaps: z.int().min(0).max(limits.samples).default(1),
  /**
   * Copies of each response that programs change so that they meet a requirement, of its own prompt or of another. They are graded as the
   * responses are, and make up for requirements that the model rarely meets.
   */
  graded_edits: z.int().min(0).max(limits.samples).default(0),
  /** Checks whose verdicts never become examples, but are measured: does judging carry over to kinds of requirements that no one taught? */
  graded_unseen: z.array(z.string().min(1)).default([]),
  /**
   * Responses that are also instruction examples. Trained on verdicts alone, a small model answers every prompt with Yes or No; its own
   * responses keep it answering.
   */
  graded_rehearsal: z.int().min(0).max(limits.rows).default(0),
  /** Who writes the responses. */
  graded_writer: z.enum(['M0', 'SFT']).default('M0'),
  /** Loss weight of a verdict, which is a single token: it counts like this many tokens of an instruction example. */
  graded_weight: z.number().gt(0).max(limits.factor).default(20),
  /** Pairs of the forms `ranked` and `made`, at most; with both forms, each gets half. */
  reward_pairs: z.int().min(1).max(limits.rows).default(1000),
  /** How answers are spoiled for the form `made`. */
  made_flaws: z
    .array(answerFlaw)
    .min(1)
    .default([...answerFlaw.options]),
})
