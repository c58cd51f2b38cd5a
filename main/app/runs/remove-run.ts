import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { homePaths } from '../../common/home.ts'
import { badInput } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { modelUses } from '../models/model-uses.ts'

/** Suffix of a run's folder once its removal has started, so that a later start can finish it. */
const removing = '.removing'

/** Maximum number of dependents listed. */
const mostNamed = 3

/**
 * Removes a run: renames its folder, deletes its rows in small steps, then deletes the files. If the process ends midway, `finishRemovals`
 * continues from the renamed folder. Throws BUSY if a process is running it, and BAD_INPUT if another run or an evaluation depends on it.
 */
export function removeRun(store: Store, home: string, run: RunRow): Promise<void> {
  refuseUsed(store, home, run.id)
  const token = store.jobs.reserve(run.id) // prevents a start meanwhile
  try {
    setAside(home, run.id)
  } catch (error) {
    store.jobs.release(run.id, token)
    throw error
  }
  return removeAll(store, home, run.id)
}

/** Completes removals that earlier processes started. */
export async function finishRemovals(store: Store, home: string): Promise<void> {
  for (const id of startedRemovals(home)) if (!store.jobs.isWorkedOn(id)) await removeAll(store, home, id)
}

/** Ids of runs whose removal has started. */
export function startedRemovals(home: string): string[] {
  const { runs } = homePaths(home)
  return existsSync(runs) ? readdirSync(runs).flatMap((name) => (name.endsWith(removing) ? [name.slice(0, -removing.length)] : [])) : []
}

/** Throws BAD_INPUT if another run or an evaluation depends on it, other than the runs that go too. */
export function refuseUsed(store: Store, home: string, runId: string, going: ReadonlySet<string> = new Set()): void {
  const uses = modelUses(store, home, runId)
    .ofRun(runId)
    .filter((use) => use.runId === null || !going.has(use.runId))
  if (uses.length === 0) return
  const named = uses.slice(0, mostNamed).map(({ by }) => by)
  const others = uses.length > mostNamed ? ` and ${uses.length - mostNamed} more` : ''
  throw badInput(`Run ${runId} is used by ${named.join(', ')}${others}.`, 'Delete those first, or keep the run.')
}

function setAside(home: string, runId: string): void {
  const folder = homePaths(home).run(runId)
  if (existsSync(folder)) renameSync(folder, folder + removing)
  else mkdirSync(folder + removing, { recursive: true }) // a run that never started
}

async function removeAll(store: Store, home: string, runId: string): Promise<void> {
  if (store.runs.find(runId) !== undefined) {
    store.jobs.request(runId, 'end')
    store.jobs.end(runId, { state: 'finished', error: null }, { isEarly: true }) // a partly removed run must not start again
    while (store.removal.step(runId)) await nextTurn()
  }
  await rm(join(homePaths(home).runs, runId + removing), { recursive: true, force: true })
}
