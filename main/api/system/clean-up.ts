import { rm } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { olderLogs } from '../../common/log.ts'
import type { Recipe } from '../../loop/recipe.ts'
import { readStoredRecipe, textsIn } from '../../loop/stored-recipe.ts'
import type { ModelRow } from '../../store/models.ts'
import type { RunRow } from '../../store/runs.ts'
import type { Store } from '../../store/store.ts'
import type { CleanUpItem } from '../contract/storage.ts'
import { isWorkedOn } from '../show-run.ts'
import { backupsOf } from './backups.ts'
import { entriesOf, sizeOf } from './folder-size.ts'

export interface CleanUpOptions {
  readonly home: string
  readonly store: Store
}

type Unsized = Omit<CleanUpItem, 'bytes'>

/**
 * What can be deleted, and the deleting of it. Everything is decided anew each time: what was on the list a minute ago may be in use by now.
 * Nothing outside the data folder is ever on the list, nothing of a run that is worked on, and no model that another run starts from.
 */
export function cleanUp({ home, store }: CleanUpOptions) {
  async function unsized(): Promise<Unsized[]> {
    const runs = store.runs.list().filter(({ id }) => !isWorkedOn(store, id))
    return [
      ...runs.flatMap((run) => checkpointsOf(run, home)),
      ...runs.flatMap((run) => modelsOf({ home, store }, run)),
      ...(await leftovers(home)),
      ...backupsOf(home).map((backup) => ({
        ...{
          id: `backup ${backup.name}`,
          group: 'backups' as const,
          what: `Backup of ${backup.at.slice(0, 16).replace('T', ' ')}`,
          paths: [backup.path],
        },
        warning: 'This state of the database cannot be gone back to afterwards.',
      })),
      ...olderLogs(homePaths(home).logs).map((path) => ({
        ...{ id: `log ${basename(path)}`, group: 'logs' as const, what: `Older log ${basename(path)}`, paths: [path], warning: null },
      })),
    ]
  }

  const bytesOf = async ({ paths }: Unsized): Promise<number> =>
    (await Promise.all(paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0)

  return {
    async items(): Promise<CleanUpItem[]> {
      const sized = await Promise.all((await unsized()).map(async (item) => ({ ...item, bytes: await bytesOf(item) })))
      return sized.filter(({ bytes }) => bytes > 0)
    },

    /** Deletes what is still on the list; gives what was freed, and what is not on it any more. */
    async delete(ids: readonly string[]): Promise<{ freedBytes: number; kept: string[] }> {
      let freedBytes = 0
      const kept: string[] = []
      for (const id of ids) {
        const item = (await unsized()).find((one) => one.id === id) // asked each time: deleting takes its time
        if (item === undefined) {
          kept.push(id)
          continue
        }
        const bytes = await bytesOf(item)
        for (const path of item.paths) if (isInside(home, path)) await rm(path, { recursive: true, force: true })
        freedBytes += bytes
      }
      return { freedBytes, kept }
    },
  }
}
export type CleanUp = ReturnType<typeof cleanUp>

const isInside = (folder: string, path: string): boolean => resolve(path).startsWith(resolve(folder) + sep)

/** Checkpoints of a run that is over; one that goes on needs its own. */
function checkpointsOf({ id, name, status }: RunRow, home: string): Unsized[] {
  if (status !== 'finished') return []
  const folder = join(homePaths(home).run(id), 'checkpoints')
  return [{ id: `checkpoints ${id}`, group: 'checkpoints', what: `Checkpoints of ${name} (${id})`, paths: [folder], warning: null }]
}

/** Models of a run that is over, as far as no other run needs them. Of the last one it is said what is lost. */
function modelsOf({ home, store }: CleanUpOptions, run: RunRow): Unsized[] {
  if (run.status !== 'finished') return []
  const folder = join(homePaths(home).run(run.id), 'models')
  const models = store.models.ofRun(run.id)
  const needed = neededElsewhere(store, run.id)
  const last = models.at(-1)
  const own = models.filter(
    ({ path }) => path.startsWith(folder) && !needed.some((other) => other === path || other.startsWith(path + sep)),
  )
  const byPath = Map.groupBy(own, ({ path }) => path)
  return [...byPath].map(([path, same]) => ({
    id: `model ${run.id} ${same[0].name}`,
    group: 'models',
    what: `${same.map(({ name }) => name).join(' and ')} of ${run.name} (${run.id})`,
    paths: [path],
    warning: same.some(({ name }) => name === last?.name) ? lastWarning(last) : null,
  }))
}

const lastWarning = (last: ModelRow | undefined): string =>
  `${last?.name} is the last model of the run, what the whole run was for. It cannot be got back without running it again.`

/** Paths of models that other runs start from, judge with, or share, and of those that an evaluation by hand still waits for. */
function neededElsewhere(store: Store, runId: string): string[] {
  const ofRuns = store.runs
    .list()
    .filter(({ id }) => id !== runId)
    .flatMap(({ id, recipe: document }) => {
      const { recipe } = readStoredRecipe({ id, recipe: document })
      return [...(recipe === null ? textsIn(document) : modelPaths(recipe)), ...store.models.ofRun(id).map(({ path }) => path)]
    })
  const ofSuites = store.suites
    .list()
    .filter(({ status }) => status === 'queued' || status === 'running')
    .flatMap(({ settings }) => textsIn(settings))
  return [...ofRuns, ...ofSuites].map((path) => resolve(path))
}

const modelPaths = ({ base_model, evaluation }: Recipe): string[] => [base_model, evaluation.judge]

/** Unfinished folders and files of processes that are gone. */
async function leftovers(home: string): Promise<Unsized[]> {
  const { models, dataSets, runtimes, runs, uploads } = homePaths(home)
  const runFolders = (await entriesOf(runs)).flatMap(({ name }) => [join(runs, name, 'models'), join(runs, name, 'checkpoints')])
  const found: Unsized[] = []
  for (const folder of [models, dataSets, runtimes, ...runFolders]) {
    for (const { name } of await entriesOf(folder)) {
      const pid = /\.tmp-(\d+)(?:-|$)/.exec(name)?.[1]
      if (pid !== undefined && !isRunning(Number(pid))) found.push(leftover(join(folder, name), home))
    }
  }
  for (const { name } of await entriesOf(uploads)) if (!isRunning(Number(name))) found.push(leftover(join(uploads, name), home))
  return found
}

const leftover = (path: string, home: string): Unsized => {
  const name = path.slice(home.length + 1)
  return { id: `leftover ${name}`, group: 'leftovers', what: `Broken off: ${name}`, paths: [path], warning: null }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
