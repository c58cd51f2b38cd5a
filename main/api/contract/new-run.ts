import { z } from 'zod'
import { backendName } from '../../engine/protocol.ts'
import { precision } from '../../engine/train-config.ts'
import { stageName } from '../../loop/events.ts'
import { procedure } from './procedure.ts'

/** A recipe as it is being written: it may hold anything yet. */
export const recipeDocument = z.record(z.string(), z.unknown())
export type RecipeDocument = z.infer<typeof recipeDocument>

export const shippedRecipe = z.object({
  name: z.string(), // as --recipe has it
  title: z.string(),
  description: z.string(),
  /** Complete: defaults filled in, paths absolute, what the person is to set left empty. */
  recipe: recipeDocument,
  /** Keys that the person is to set. */
  missing: z.array(z.string()),
})
export type ShippedRecipe = z.infer<typeof shippedRecipe>

export const recipeProblem = z.object({
  key: z.string(), // 'prompts.count'; '': the recipe as a whole
  message: z.string(),
  remedy: z.string(),
})

/** What a file of seed data holds. */
export const seedFile = z.object({
  path: z.string(),
  format: z.string(),
  instructions: z.int(), // (instruction, response)
  ranked: z.int(), // prompts with answers that people have ranked
  ranked_answers: z.int(),
  prompts: z.int(),
  preferences: z.int(),
  rejected: z.int(), // rows that are not used
  /** The first of those: where and why. */
  first_rejected: z.string().nullable(),
})
export type SeedFile = z.infer<typeof seedFile>

const bytes = z.record(z.string(), z.number())

/** What a run will take on this machine. An estimate, made before any of its texts exists. */
export const runEstimate = z.object({
  /** Bytes at the peak by what they are for, `total` among them. */
  memory: z.object({ training: bytes, generation: bytes, free: z.number().nullable(), of: z.enum(['memory', 'GPU memory']) }),
  stages: z.array(z.object({ iteration: z.int(), stage: stageName, seconds: z.number() })),
  seconds: z.number(),
  /** What it probably lies between. */
  low: z.number(),
  high: z.number(),
  /** What it was estimated with: `disturbed` while other work used the processor, and from so many finished `runs`. */
  basis: z.object({
    ...{ backend: backendName, device: z.string(), precision, gflops: z.number(), parameters: z.number() },
    ...{ disturbed: z.boolean(), runs: z.int() },
  }),
})
export type RunEstimate = z.infer<typeof runEstimate>

const document = z.object({ recipe: recipeDocument })
const path = z.object({ path: z.string().min(1) })

export const newRunContract = {
  /** The recipes that ship with Laurel. */
  recipes: procedure.output(z.array(shippedRecipe)),
  /** A recipe's file, complete, its paths absolute. */
  readRecipe: procedure.input(path).output(recipeDocument),
  /** Everything that is wrong with a recipe; nothing: it can be run. */
  checkRecipe: procedure.input(document).output(z.array(recipeProblem)),
  seedFile: procedure.input(path).output(seedFile),
  estimate: procedure.input(document).output(runEstimate),
  create: procedure.input(document.extend({ name: z.string().trim().max(120).optional() })).output(z.object({ id: z.string() })),
}
