import { resolve } from 'node:path'
import { z } from 'zod'
import { textsIn } from '../../loop/recipe/stored-recipe.ts'
import type { Store } from '../../store/store.ts'

/** A run and the data files that its recipe uses, as absolute paths. */
export interface RunFiles {
  readonly id: string
  readonly name: string
  readonly isOver: boolean
  readonly files: readonly string[]
}

const file = z.string().nullish()

/** The recipe keys that name data files. Parsing only these keeps a thousand recipes fast. */
const namedFiles = z.object({
  seed_data: z.object({ ift: file, eft: file, ranked: file, graded_prompts: file }),
  prompts: z.object({ file, grammar: z.object({ tasks: file }).nullish() }),
  evaluation: z.object({ prompts: file, checks: file, checks_held_out: file }),
})

/** The data files used by the recipes of all runs. */
export const filesOfRuns = (store: Store): RunFiles[] =>
  store.runs.list().map(({ id, name, status, recipe }) => ({ id, name, isOver: status === 'finished', files: filesOf(recipe) }))

function filesOf(recipe: unknown): string[] {
  const named = namedFiles.safeParse(recipe)
  if (!named.success) return textsIn(recipe) // a recipe of another version: any text may be a path
  const { seed_data, prompts, evaluation } = named.data
  return [...Object.values(seed_data), prompts.file, prompts.grammar?.tasks, ...Object.values(evaluation)].flatMap((path) =>
    path == null ? [] : [resolve(path)],
  )
}
