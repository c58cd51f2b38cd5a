import { z } from 'zod'
import { backendName } from '../engine-protocol.ts'
import { engineName } from '../engine-settings.ts'
import { stageName } from '../run-events.ts'
import { precision } from '../train-config.ts'
import { procedure, reading } from './procedure.ts'

/** A recipe that is being edited: it may contain invalid values. */
export const recipeDocument = z.record(z.string(), z.unknown())
export type RecipeDocument = z.infer<typeof recipeDocument>

export const shippedRecipe = z.object({
  name: z.string(), // as --recipe takes it
  title: z.string(),
  description: z.string(),
  /** Complete: defaults filled in, paths absolute, required fields for the user left empty. */
  recipe: recipeDocument,
  /** Keys that the user must set. */
  missing: z.array(z.string()),
  /** The model that it is made for, if the user must choose it. */
  suggested_model: z.string().nullable(),
})
export type ShippedRecipe = z.infer<typeof shippedRecipe>

export const recipeProblem = z.object({
  key: z.string(), // 'prompts.count'; '': the recipe as a whole
  message: z.string(),
  remedy: z.string(),
})

/** Contents of a seed data file. */
export const seedFile = z.object({
  path: z.string(),
  format: z.string(),
  instructions: z.int(), // (instruction, response)
  ranked: z.int(), // prompts with human-ranked answers
  ranked_answers: z.int(),
  prompts: z.int(),
  preferences: z.int(),
  rejected: z.int(), // unusable rows
  /** The first of those: line and reason. */
  first_rejected: z.string().nullable(),
})
export type SeedFile = z.infer<typeof seedFile>

/** What a change of a run's recipe would do. */
export const recipeChange = z.object({
  /** Of the recipe, and of values that can't change any more. */
  problems: z.array(recipeProblem),
  /** Stages that start over, because what they have so far was made with the old values. */
  repeated: z.array(z.object({ iteration: z.int(), stage: stageName })),
})
export type RecipeChange = z.infer<typeof recipeChange>

const bytes = z.record(z.string(), z.number())

/** What a run will need on this machine, estimated before any text exists. */
export const runEstimate = z.object({
  /** Peak bytes by use, including `total`. */
  memory: z.object({ training: bytes, generation: bytes, free: z.number().nullable(), of: z.enum(['memory', 'GPU memory']) }),
  stages: z.array(z.object({ iteration: z.int(), stage: stageName, seconds: z.number() })),
  seconds: z.number(),
  /** The likely range. */
  low: z.number(),
  high: z.number(),
  /**
   * Basis of the estimate: `disturbed` if other work used the processor during the measurement; `runs`: number of finished runs it learned
   * from; `elsewhere`: the recipe's other engines, whose work isn't counted.
   */
  basis: z.object({
    ...{ backend: backendName, device: z.string(), precision, gflops: z.number(), parameters: z.number() },
    ...{ disturbed: z.boolean(), runs: z.int(), elsewhere: z.array(engineName) },
  }),
})
export type RunEstimate = z.infer<typeof runEstimate>

const document = z.object({ recipe: recipeDocument })
const path = z.object({ path: z.string().min(1) })
const runName = z.string().trim().max(120).optional()
const ofRun = document.extend({ id: z.string() })
/** More would hide mistakes in a queue that takes days. */
export const mostSeeds = 20

export const newRunContract = {
  /** The recipes that ship with Laurel. */
  recipes: reading.output(z.array(shippedRecipe)),
  /** A complete recipe file, its paths absolute. */
  readRecipe: procedure.input(path).output(recipeDocument),
  /** All problems in a recipe; empty: ready to run. */
  checkRecipe: procedure.input(document).output(z.array(recipeProblem)),
  seedFile: procedure.input(path).output(seedFile),
  estimate: procedure.input(document).output(runEstimate),
  /**
   * Creates a run, or with `seeds` so many that differ in their seed alone: the recipe's and the following ones. `source`: the run whose recipe
   * was changed. Returns their ids.
   */
  create: procedure
    .input(document.extend({ name: runName, source: z.string().nullish(), seeds: z.int().min(1).max(mostSeeds).default(1) }))
    .output(z.object({ id: z.string(), ids: z.array(z.string()) })),
  checkChange: procedure.input(ofRun).output(recipeChange),
  /**
   * Changes the recipe of a run that isn't running: everything before its first start, afterwards the values that its stored rows don't depend
   * on. Throws BAD_INPUT naming the first problem, and BUSY while a process runs it.
   */
  edit: procedure.input(ofRun.extend({ name: runName })).output(recipeChange.pick({ repeated: true })),
}
