import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { checkRecipeWith } from '../../loop/recipe/engine-problems.ts'
import { type ChangedValue, type RepeatedStage, recipeChange } from '../../loop/recipe/recipe-change.ts'
import type { RecipeProblem } from '../../loop/recipe/recipe-problems.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import { trainedIn } from '../../loop/stages/early-end.ts'
import type { RecipeDocument } from '../../shared/contract/new-run-contract.ts'
import { badInput } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'

interface CheckedChange {
  readonly recipe: Recipe | null
  readonly problems: readonly RecipeProblem[]
  readonly changed: readonly ChangedValue[]
  readonly repeated: readonly RepeatedStage[]
}

/** Changes runs that exist: before their first start, or to continue after a failure from the rows that are stored. */
export function runEditing({ store, home }: { readonly store: Store; readonly home: string }) {
  async function check(id: string, document: RecipeDocument): Promise<CheckedChange> {
    const run = store.runs.resolve(id)
    const { recipe, problems } = await checkRecipeWith(store.engines.list(), document)
    if (run.attempts === 0 || recipe === null) return { recipe, problems, changed: [], repeated: [] }
    const change = recipeChange(store, run, storedRecipe(run), recipe)
    const told = new Set(problems.map(({ key }) => key))
    return { recipe, ...change, problems: [...problems, ...change.problems.filter(({ key }) => !told.has(key))] }
  }

  return {
    /** What a change of the recipe would do. Before the first start, nothing but to replace it. */
    checkChange: check,

    /** Throws BAD_INPUT naming the first problem, and BUSY while a process runs it. Returns the stages that start over. */
    async edit(id: string, document: RecipeDocument): Promise<readonly RepeatedStage[]> {
      const run = store.runs.resolve(id)
      if (run.status === 'finished') throw badInput('The run has finished.', 'Start a new run from its recipe.')
      const { recipe, problems, changed, repeated } = await check(run.id, document)
      const [problem] = problems
      if (recipe === null || problem !== undefined) throw badInput(`${problem.key}: ${problem.message}`, problem.remedy)
      const token = store.jobs.reserve(run.id)
      try {
        if (store.runs.resolve(run.id).attempts !== run.attempts) throw badInput('The run was started meanwhile.', 'Look at it again.')
        store.transaction(() => {
          store.runs.setRecipe(run.id, recipe)
          for (const { iteration, stage } of repeated) store.discards.stage(run.id, iteration, stage, trainedBy(iteration, stage))
          if (changed.length > 0) store.events.add(run.id, changeNote(run, changed))
        })
        for (const { iteration, stage } of repeated) removeFiles(home, run, iteration, stage)
      } finally {
        store.jobs.release(run.id, token)
      }
      return repeated
    },
  }
}
/** The model that a stage makes or measures. */
const trainedBy = (iteration: number, stage: RepeatedStage['stage']): string => trainedIn(iteration, stage === 'baseline' ? stage : 'train')

/** Without its row, a training's files would be taken for those of the new one. */
function removeFiles(home: string, { id }: RunRow, iteration: number, stage: RepeatedStage['stage']): void {
  if (stage !== 'train' && stage !== 'baseline') return
  const folder = homePaths(home).run(id)
  for (const part of ['models', 'checkpoints']) rmSync(join(folder, part, trainedIn(iteration, stage)), { recursive: true, force: true })
}

const valueText = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))

function changeNote({ iteration, stage }: RunRow, changed: readonly ChangedValue[]): RunEvent {
  const values = changed.map(({ key, before, after }) => `${key} from ${valueText(before)} to ${valueText(after)}`)
  return {
    kind: 'note',
    iteration,
    stage: stage ?? 'seed-data',
    text: `You changed ${values.join(', ')}. What was stored before is unchanged.`,
  }
}
