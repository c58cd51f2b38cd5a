import { z } from 'zod'
import { limits } from './limits.ts'

/**
 * Meta-rewarding (Wu et al. 2024): the model also compares its own judgements, and the best and the worst judgement of a response make a
 * pair that trains it as a judge. Only for judges that write their judgements (`additive`, `ticks`).
 */
export const metaRecipe = z.strictObject({
  /** Responses per iteration whose judgements are compared; each makes one pair at most. 0: off. */
  count: z.int().min(0).max(limits.rows).default(0),
  /** Judgements compared per response. Those that set its reward are among them; the rest are sampled at `temperature`. */
  judgements: z.int().min(2).max(limits.samples).default(3), // paper: 11
  temperature: z.number().gt(0).max(limits.factor).default(0.7),
  /** Drops a pair whose chosen judgement has more characters than this; null: any length. */
  max_characters: z.int().min(1).max(limits.characters).nullable().default(null),
  /** Only in this many first iterations (paper: 2 of 4); null: in all. */
  iterations: z.int().min(1).max(limits.iterations).nullable().default(null),
  /** File name in resources/judges, or a path. Holds <JUDGE_PROMPT_HERE>, <JUDGEMENT_A_HERE> and <JUDGEMENT_B_HERE>. */
  prompt: z.string().default('better-judgement'),
})
