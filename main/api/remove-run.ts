import { existsSync, rmSync } from 'node:fs'
import { sep } from 'node:path'
import { badInput } from '../common/errors.ts'
import { homePaths } from '../common/home.ts'
import type { RunRow } from '../store/runs.ts'
import type { Store } from '../store/store.ts'

/**
 * Removes a run: its rows, then its models and checkpoints. Throws BUSY where a process works on it, and BAD_INPUT where another run starts
 * from one of its models.
 */
export function removeRun(store: Store, home: string, run: RunRow): void {
  const folder = homePaths(home).run(run.id)
  const heir = store.runs.list().find((other) => other.id !== run.id && baseModelOf(other).startsWith(`${folder}${sep}`))
  if (heir !== undefined) {
    throw badInput(`Run ${heir.id} (${heir.name}) starts from a model of this one.`, 'Remove that run first, or keep both.')
  }
  const token = store.locks.take(run.id) // nobody starts it meanwhile
  try {
    store.runs.remove(run.id)
  } finally {
    store.locks.release(run.id, token)
  }
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
}

const baseModelOf = ({ recipe }: RunRow): string => String((recipe as { base_model?: unknown }).base_model ?? '')
