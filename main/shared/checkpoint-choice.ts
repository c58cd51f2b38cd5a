import { z } from 'zod'
import { limits } from './limits.ts'

/**
 * The choice of a checkpoint (paper, section 3.1.3): during the trainings of iterations, a judge compares each checkpoint's answers with those of
 * the one before, and the best is kept. Off by default: it takes a set of answers and verdicts for each checkpoint.
 */
export const checkpointChoiceRecipe = z.strictObject({
  /** Optimizer steps from one checkpoint to the next; 0: the last step's model is kept. */
  every: z.int().min(0).max(limits.rows).default(0), // paper: 200
  /** Validation prompts; null: from the seed data, apart from those that compare models. */
  prompts: z.string().nullable().default(null),
  count: z.int().min(1).max(limits.rows).default(253), // paper: 253
  /** `current`: the model that is trained; `M0`, `M1`, or the path of another local model. It compares as `evaluation.method` says. */
  judge: z.string().default('current'),
  /** The training stops after so many checkpoints in a row that lost. */
  patience: z.int().min(1).max(limits.rows).default(1),
})

/** The kind of an evaluation that compares two checkpoints. */
export const checkpointKind = 'checkpoint'

/** A checkpoint's name among the run's evaluations: M2@200. */
export const checkpointName = (model: string, step: number): string => `${model}@${step}`

/** The model and the step of a checkpoint's name; null: another name. */
export function checkpointOf(name: string): { readonly model: string; readonly step: number } | null {
  const [, model, step] = /^(.+)@(\d+)$/.exec(name) ?? []
  return model === undefined ? null : { model, step: Number(step) }
}
