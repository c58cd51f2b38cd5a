import { closeSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename } from 'node:path'
import { statOf } from '../../common/file-identity.ts'
import { openPlainFile } from '../../common/read-file.ts'
import { resourceFile } from '../../common/resources.ts'
import { importInThread } from '../../data/import-thread.ts'
import { type Imported, orderedAnswers, promptText } from '../../data/imported.ts'
import { checkRecipeWith } from '../../loop/recipe/engine-problems.ts'
import { loadRecipe, recipeDocument, recipeFile, withPaths } from '../../loop/recipe/load-recipe.ts'
import { checkRecipe, type RecipeCheck, type RecipeProblem } from '../../loop/recipe/recipe-problems.ts'
import type { RecipeChange, RecipeDocument, RunEstimate, SeedFile, ShippedRecipe } from '../../shared/contract/new-run-contract.ts'
import type { ProbeEstimate } from '../../shared/contract/probe-contract.ts'
import { badInput } from '../../shared/errors.ts'
import type { ProbeSettings } from '../../shared/evaluation-settings.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import type { SharedEngine } from '../jobs/shared-engine.ts'
import { type EstimatorOptions, runEstimator } from './estimate-run.ts'
import type { RunsApi } from './runs.ts'

/** What is known of a new run besides its recipe. */
interface NewRunFacts {
  readonly name?: string
  /** The run whose recipe was changed. */
  readonly source?: string | null
  /** So many runs that differ in their seed alone. */
  readonly seeds?: number
}

interface NewRunsOptions extends EstimatorOptions {
  readonly runs: RunsApi
  readonly bench: Pick<SharedEngine, 'use'>
}

/** The API for new runs: recipe templates, checks, and estimates. */
export function newRunsApi({ runs, bench, ...estimating }: NewRunsOptions) {
  const files = seedFiles()
  const estimator = runEstimator(bench, files, estimating)
  const checkWhole = (document: RecipeDocument): Promise<RecipeCheck> =>
    checkRecipeWith(estimating.store?.engines.list() ?? [], placed(document))

  /** Stores the estimate with the runs, for the time left until stages of the same kind have finished. Without an engine there is none. */
  async function keepPlan(recipe: Recipe, ids: readonly string[]): Promise<void> {
    const estimate = await estimator.estimate(recipe).catch(() => null)
    if (estimate !== null) for (const id of ids) runs.setPlan(id, estimate.stages)
  }

  return {
    recipes: (): ShippedRecipe[] => shippedRecipes(),
    read: (path: string): RecipeDocument => completeRecipe(path),
    check: async (document: RecipeDocument): Promise<readonly RecipeProblem[]> => (await checkWhole(document)).problems,
    seedFile: async (path: string): Promise<SeedFile> => (await files.describe(path)).facts,
    estimate: (document: RecipeDocument): Promise<RunEstimate> => estimator.estimate(readable(document)),
    estimateProbe: (probe: ProbeSettings): Promise<ProbeEstimate> => estimator.estimateProbe(probe),

    /** Creates a run, or one for each of several seeds, without starting it. Throws BAD_INPUT if the recipe has a problem. */
    async create(document: RecipeDocument, { name, source, seeds = 1 }: NewRunFacts = {}): Promise<string[]> {
      const { recipe, problems } = await checkWhole(document)
      if (recipe === null || problems.length > 0) throw refusal(problems)
      const ids = runs.createWithSeeds({ recipe, name: name === undefined || name === '' ? recipe.name : name, source }, seeds)
      void keepPlan(recipe, ids)
      return ids
    },

    async checkChange(id: string, document: RecipeDocument): Promise<RecipeChange> {
      const { problems, repeated } = await runs.checkChange(id, placed(document))
      return { problems: [...problems], repeated: [...repeated] }
    },

    async edit(id: string, document: RecipeDocument, name?: string): Promise<Pick<RecipeChange, 'repeated'>> {
      const repeated = await runs.edit(id, placed(document))
      if (name !== undefined && name !== '') runs.rename(id, name)
      return { repeated: [...repeated] }
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

/** Number of sample rows per file: enough for a mean length. */
const sampled = 32

/** A text pair, for estimating row lengths. */
export interface SampleRow {
  readonly prompt: string
  readonly response: string
}

interface KnownFile {
  readonly facts: SeedFile
  readonly instructions: readonly SampleRow[]
  readonly answers: readonly SampleRow[]
}

/** Reads seed data files and caches their descriptions until they change. */
function seedFiles() {
  const known = new Map<string, { readonly stamp: string; readonly file: Promise<KnownFile> }>()
  return {
    /** Throws NOT_FOUND or BAD_INPUT if it can't be read. */
    async describe(path: string): Promise<KnownFile> {
      const stamp = stampOf(path)
      const before = known.get(path)
      if (before?.stamp === stamp) return before.file
      const file = importInThread(path).then((imported) => knownFile(path, imported))
      known.set(path, { stamp, file })
      file.catch(() => known.delete(path))
      return file
    },
  }
}
export type SeedFiles = ReturnType<typeof seedFiles>

function stampOf(path: string): string {
  const stats = statOf(path)
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`
}

function knownFile(path: string, imported: Imported): KnownFile {
  const { format, instructions, prompts, preferences, rejected } = imported
  const ranked = orderedAnswers(imported)
  const [first] = rejected
  const answers = ranked.flatMap(({ prompt, answers: texts }) => texts.map(({ text }) => ({ prompt, response: text })))
  return {
    facts: {
      ...{ path, format, instructions: instructions.length, ranked: ranked.length, ranked_answers: answers.length },
      ...{ prompts: prompts.length, preferences: preferences.length, rejected: rejected.length },
      first_rejected: first === undefined ? null : `line ${first.line}: ${first.reason}`,
    },
    instructions: spread(instructions).map(({ prompt, response }) => ({ prompt: promptText(prompt), response })),
    answers: spread(answers),
  }
}

/** Picks rows evenly across a file. */
function spread<Row>(rows: readonly Row[]): Row[] {
  const step = Math.max(1, Math.floor(rows.length / sampled))
  return rows.filter((_, i) => i % step === 0).slice(0, sampled)
}

/** Titles of the recipes, from the simplest to the largest. Others follow by name. */
const titles: Readonly<Record<string, string>> = { demo: 'Demo', checkable: 'Checkable', smollm2: 'SmolLM2', paper: 'Paper' }

/** Keys whose path a shipped recipe leaves to the user, marked by a placeholder. */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked'] as const
/** The name of a placeholder for a model that the user is free to choose. */
const anyModel = 'base-model'
const isPlaceholder = (path: unknown): boolean => typeof path === 'string' && path.includes('SET-ME')

/** Every file in resources/recipes, as far as it is there: a card shows what the recipe says about itself. */
const shippedRecipes = (): ShippedRecipe[] => {
  const files = readdirSync(resourceFile('recipes')).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  const known = Object.keys(titles).filter((name) => files.includes(name))
  return [...known, ...files.filter((name) => !(name in titles)).sort()].map(shippedRecipe)
}

function shippedRecipe(name: string): ShippedRecipe {
  const { base_model, ...rest } = loadRecipe(recipeFile(name))
  const document: RecipeDocument = structuredClone({ ...rest, base_model })
  const missing = pathKeys.filter((key) => isPlaceholder(valueAt(document, key)))
  for (const key of missing) emptyAt(document, key)
  const model = basename(base_model)
  const suggested = missing.includes('base_model') && model !== anyModel ? model : null
  return {
    ...{ name, title: titles[name] ?? name, description: rest.description, recipe: document },
    ...{ missing, suggested_model: suggested },
  }
}

/** Reads a recipe and fills in defaults as far as its values allow; invalid ones stay, for the user to fix. */
function completeRecipe(path: string): RecipeDocument {
  closeSync(openPlainFile(path).file) // a pipe would block the UI
  const document = recipeDocument(path)
  const parsed = recipeSchema.safeParse(document)
  return parsed.success ? { ...parsed.data } : document
}

const valueAt = (document: RecipeDocument, key: string): unknown =>
  key.split('.').reduce<unknown>((at, part) => (at as RecipeDocument | undefined)?.[part], document)

/** The schema requires a model, but not the files. */
function emptyAt(document: RecipeDocument, key: string): void {
  const parts = key.split('.')
  const parent = parts.slice(0, -1).reduce((at, part) => at[part] as RecipeDocument, document)
  parent[parts.at(-1)!] = key === 'base_model' ? '' : null
}
