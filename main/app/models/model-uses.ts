import { dirname, resolve, sep } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { textsIn } from '../../loop/recipe/stored-recipe.ts'
import type { Store } from '../../store/store.ts'

/** A dependent of a run's model or file, with a description. */
interface Use {
  /** The run that depends on it; null: an evaluation. */
  readonly runId: string | null
  readonly by: string
}

export interface ModelUses {
  /** Dependents, other than the run itself, of the file or folder at `path` or of anything in it. */
  of(path: string, runId: string): Use[]
  /** Dependents of any of a run's files. */
  ofRun(runId: string): Use[]
}

/**
 * Finds dependents of a run's files: recipes of other runs (base model, judge, or data), their models (which may be in this run's folder),
 * and queued or running evaluations. Removal and clean-up use it. `about`: reads only what mentions this run, to avoid reading a thousand
 * others.
 */
export function modelUses(store: Store, home: string, about?: string): ModelUses {
  const runs = resolve(homePaths(home).runs)
  const byPath = new Map<string, Use[]>()
  const byRun = new Map<string, Use[]>()
  const add = (uses: Map<string, Use[]>, key: string, use: Use): void => {
    const known = uses.get(key)
    if (known === undefined) uses.set(key, [use])
    else if (!known.some(({ by }) => by === use.by)) known.push(use)
  }
  const note = (text: string, use: Use): void => {
    if (!text.includes('runs')) return
    const path = resolve(text)
    if (!path.startsWith(runs + sep)) return
    for (let at = path; at.length > runs.length; at = dirname(at)) add(byPath, at, use)
  }
  for (const { id, name, recipe } of store.runs.mentioning(about)) {
    for (const text of textsIn(recipe)) note(text, { runId: id, by: `run ${id} (${name})` })
  }
  for (const { runId, name, path } of store.models.inOtherRuns(about)) note(path, { runId, by: `${name} of run ${runId}` })
  for (const { title, settings } of store.evaluations.unfinished()) {
    const use = { runId: null, by: `the evaluation "${title}"` }
    for (const text of textsIn(settings)) {
      note(text, use)
      add(byRun, text.split('/')[0], use) // a run id, or a model id: "r-7f3kq/M2"
    }
  }
  const others = (uses: readonly Use[], runId: string): Use[] => uses.filter((use) => use.runId !== runId)
  return {
    of: (path, runId) => others(byPath.get(resolve(path)) ?? [], runId),
    ofRun: (runId) => others([...(byPath.get(resolve(homePaths(home).run(runId))) ?? []), ...(byRun.get(runId) ?? [])], runId),
  }
}
