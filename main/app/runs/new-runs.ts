import { homedir } from 'node:os'
import { withPaths } from '../../loop/recipe/load-recipe.ts'
import { checkRecipe, checkRecipeWhole, type RecipeProblem } from '../../loop/recipe/recipe-problems.ts'
import type { RecipeDocument, RunEstimate, SeedFile, ShippedRecipe } from '../../shared/contract/new-run-contract.ts'
import { badInput } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { type EstimatorOptions, runEstimator } from './estimate-run.ts'
import type { RunsApi } from './runs.ts'
import { seedFiles } from './seed-files.ts'
import { completeRecipe, shippedRecipes } from './shipped-recipes.ts'

export interface NewRunsOptions extends EstimatorOptions {
  readonly runs: RunsApi
  readonly bench: Pick<SharedEngine, 'use'>
}

/** The API for new runs: recipe templates, checks, and estimates. */
export function newRunsApi({ runs, bench, ...estimating }: NewRunsOptions) {
  const files = seedFiles()
  const estimator = runEstimator(bench, files, estimating)
  return {
    recipes: (): ShippedRecipe[] => shippedRecipes(),
    read: (path: string): RecipeDocument => completeRecipe(path),
    check: async (document: RecipeDocument): Promise<readonly RecipeProblem[]> => (await checkRecipeWhole(placed(document))).problems,
    seedFile: async (path: string): Promise<SeedFile> => (await files.describe(path)).facts,
    estimate: (document: RecipeDocument): Promise<RunEstimate> => estimator.estimate(readable(document)),

    /** Creates a run without starting it. Throws BAD_INPUT if the recipe has a problem. */
    async create(document: RecipeDocument, name?: string): Promise<string> {
      const { recipe, problems } = await checkRecipeWhole(placed(document))
      if (recipe === null || problems.length > 0) throw refusal(problems)
      return runs.create({ recipe, name: name === undefined || name === '' ? recipe.name : name })
    },
  }
}
export type NewRunsApi = ReturnType<typeof newRunsApi>

/** Cleans up pasted paths in a recipe. */
const placed = (document: RecipeDocument): RecipeDocument => withPaths(document, homedir())

/** An estimate needs values, not files: the recipe check reports missing files. */
function readable(document: RecipeDocument): Recipe {
  const { recipe, problems } = checkRecipe(placed(document))
  if (recipe === null) throw refusal(problems)
  return recipe
}

function refusal(problems: readonly RecipeProblem[]): Error {
  const [first] = problems
  return badInput(`${first.key}: ${first.message}`, first.remedy)
}
