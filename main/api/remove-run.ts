import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { badInput } from '../common/errors.ts'
import { homePaths } from '../common/home.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'
import { modelUses } from './model-uses.ts'
import { isWorkedOn } from './show-run.ts'

/** The name of a run's folder from the moment its removal is decided: what tells a later start that it has to be finished. */
const removing = '.removing'

/** How many users of a run are named. */
const mostNamed = 3

/**
 * Removes a run: its files step aside under another name, its rows go in small steps, then the files. A process that ends in between leaves a folder
 * by which `finishRemovals` goes on. Throws BUSY where a process works on it, and BAD_INPUT where another run or an evaluation needs something of it.
 */
export function removeRun(store: Store, home: string, run: RunRow): Promise<void> {
  refuseUsed(store, home, run.id)
  const token = store.locks.take(run.id) // nothing starts it meanwhile
  try {
    setAside(home, run.id)
  } catch (error) {
    store.locks.release(run.id, token)
    throw error
  }
  return removeAll(store, home, run.id)
}

/** Finishes what processes that ended had begun to remove. */
export async function finishRemovals(store: Store, home: string): Promise<void> {
  for (const id of begunRemovals(home)) if (!isWorkedOn(store, id)) await removeAll(store, home, id)
}

/** Runs whose removal is decided. */
export function begunRemovals(home: string): string[] {
  const { runs } = homePaths(home)
  return existsSync(runs) ? readdirSync(runs).flatMap((name) => (name.endsWith(removing) ? [name.slice(0, -removing.length)] : [])) : []
}

function refuseUsed(store: Store, home: string, runId: string): void {
  const uses = modelUses(store, home, runId).ofRun(runId)
  if (uses.length === 0) return
  const named = uses.slice(0, mostNamed).map(({ by }) => by)
  const others = uses.length > mostNamed ? ` and ${uses.length - mostNamed} more` : ''
  throw badInput(`Run ${runId} is needed by ${named.join(', ')}${others}.`, 'Remove those first, or keep both.')
}

function setAside(home: string, runId: string): void {
  const folder = homePaths(home).run(runId)
  if (existsSync(folder)) renameSync(folder, folder + removing)
  else mkdirSync(folder + removing, { recursive: true }) // a run that was never started
}

async function removeAll(store: Store, home: string, runId: string): Promise<void> {
  if (store.runs.find(runId) !== undefined) {
    store.runs.requestEnd(runId)
    store.runs.setStatus(runId, 'finished') // ended early: what is left of it can't be started
    while (store.removal.step(runId)) await nextTurn()
  }
  await rm(join(homePaths(home).runs, runId + removing), { recursive: true, force: true })
}
