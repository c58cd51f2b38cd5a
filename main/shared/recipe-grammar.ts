import { z } from 'zod'
import { limits } from './limits.ts'

/** How `prompts.method: "grammar"` puts prompts together: a task, and requirements that programs check. */
export const grammarRecipe = z.strictObject({
  /** A file of tasks; null: those that ship with Laurel; `model`: the model writes them. */
  tasks: z.string().min(1).nullable().default(null),
  /** How the model writes tasks. `self-instruct` shows it tasks of the seed data, or those that ship with Laurel if there are none. */
  writer: z.enum(['self-instruct', 'pre-query']).default('self-instruct'),
  /** Families of requirements, by name or by the id of their check; empty: all. */
  families: z.array(z.string().min(1)).default([]),
  without: z.array(z.string().min(1)).default([]),
  /** Requirements of one prompt. */
  min: z.int().min(1).max(limits.samples).default(1),
  max: z.int().min(1).max(limits.samples).default(3),
})
