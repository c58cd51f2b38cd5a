import { basename, join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { isAlive } from '../../common/process-identity.ts'
import { writerOf } from '../../common/temporary-names.ts'
import type { CleanUpItem } from '../../shared/contract/storage-contract.ts'
import type { Store } from '../../store/store.ts'
import { startedRemovals } from '../runs/remove-run.ts'
import { entriesOf } from './folder-size.ts'

type Leftover = Omit<CleanUpItem, 'bytes'>

/** Leftovers of processes that are gone: unfinished files and folders, uploads, files of removed runs, replaced databases. */
export async function leftoversOf(home: string, store: Store): Promise<Leftover[]> {
  const { models, dataSets, runtimes, runs, uploads, backups, logs, database } = homePaths(home)
  const runFolders = (await entriesOf(runs)).filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const inRuns = runFolders.flatMap((name) => [join(runs, name), join(runs, name, 'models'), join(runs, name, 'checkpoints')])
  const found: Leftover[] = []
  for (const folder of [home, models, dataSets, runtimes, runs, backups, logs, ...inRuns]) {
    for (const { name } of await entriesOf(folder)) {
      const pid = writerOf(name)
      if (pid !== undefined && !isAlive(pid, '')) found.push(leftover(join(folder, name), home, 'Interrupted'))
    }
  }
  for (const { name } of await entriesOf(uploads))
    if (!isAlive(Number(name), '')) found.push(leftover(join(uploads, name), home, 'Interrupted'))
  for (const id of startedRemovals(home)) {
    if (!store.jobs.isWorkedOn(id)) found.push(leftover(join(runs, `${id}.removing`), home, 'Interrupted removal'))
  }
  for (const name of runFolders) {
    if (/^r-[2-9a-z]+$/.test(name) && store.runs.find(name) === undefined)
      found.push(leftover(join(runs, name), home, 'Files of a removed run'))
  }
  for (const { name } of await entriesOf(home)) {
    if (new RegExp(`^${basename(database)}\\.(?:corrupt|damaged|replaced)-`).test(name)) {
      found.push({
        ...leftover(join(home, name), home, 'Old database'),
        warning: 'Data that is only in this file will be lost.',
      })
    }
  }
  return found
}

function leftover(path: string, home: string, what: string): Leftover {
  const name = path.slice(home.length + 1)
  return { id: `leftover ${name}`, group: 'leftovers', what: `${what}: ${name}`, paths: [path], warning: null }
}
