import { dirname, resolve, sep } from 'node:path'
import { homePaths } from '../common/home.ts'
import { textsIn } from '../loop/stored-recipe.ts'
import type { Store } from '../store/store.ts'

/** Something that needs a model or another file of a run, and what it is called. */
export interface Use {
  /** The run that needs it; null: an evaluation. */
  readonly runId: string | null
  readonly by: string
}

export interface ModelUses {
  /** What other than the run itself needs the file or folder at `path`, or anything in it. */
  of(path: string, runId: string): Use[]
  /** What needs anything of a run. */
  ofRun(runId: string): Use[]
}

/**
 * What needs which file of a run: recipes of other runs (their base model, judge or data), their models (which may lie in this run's folder) and
 * evaluations that wait or run. Removal and clean-up both go by it. `about`: only what mentions this run is read, for one question among a thousand runs.
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
  for (const { title, settings } of store.suites.unfinished()) {
    const use = { runId: null, by: `the evaluation "${title}"` }
    for (const text of textsIn(settings)) {
      note(text, use)
      add(byRun, text.split('/')[0], use) // a run's id, or a model's: "r-7f3kq/M2"
    }
  }
  const others = (uses: readonly Use[], runId: string): Use[] => uses.filter((use) => use.runId !== runId)
  return {
    of: (path, runId) => others(byPath.get(resolve(path)) ?? [], runId),
    ofRun: (runId) => others([...(byPath.get(resolve(homePaths(home).run(runId))) ?? []), ...(byRun.get(runId) ?? [])], runId),
  }
}
