import type { Dirent } from 'node:fs'
import { lstat, readdir, realpath, rm } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { olderLogs } from '../../common/log.ts'
import { isAlive } from '../../common/process-identity.ts'
import { writerOf } from '../../common/temporary-names.ts'
import type { CleanUpItem } from '../../shared/contract/storage-contract.ts'
import type { Store } from '../../store/store.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { type ModelUses, modelUses } from '../models/model-uses.ts'
import { finishRemovals, startedRemovals } from '../runs/remove-run.ts'
import { backupsOf } from './database-care.ts'

/** Something that can be deleted, and the run that it belongs to. */
interface Deletable extends CleanUpItem {
  readonly runId: string | null
}

type Unsized = Omit<Deletable, 'bytes'>

/**
 * Finds what can be deleted: nothing outside the data folder, nothing of a running run, and no model that something else depends on. Reads
 * every run and folder, so call it on a thread.
 */
export async function deletables(home: string, store: Store): Promise<Deletable[]> {
  const uses = modelUses(store, home)
  const workedOn = store.jobs.workedOn()
  const runs = store.runs.list().filter(({ id, status }) => status === 'finished' && !workedOn.has(id))
  const models = Map.groupBy(store.models.list().toReversed(), ({ runId }) => runId)
  const unsized: Unsized[] = [
    ...runs.map((run) => checkpointsOf(run, home)),
    ...runs.flatMap((run) => modelsOf(run, models.get(run.id) ?? [], home, uses)),
    ...(await leftoversOf(home, store)).map((leftover) => ({ ...leftover, runId: null })),
    ...backupsOf(home).map((backup) => ({
      ...{ id: `backup ${backup.name}`, group: 'backups' as const, runId: null, paths: [backup.path] },
      what: `Backup of ${backup.at.slice(0, 16).replace('T', ' ')}`,
      warning: 'You can’t return to this state of the database afterwards.',
    })),
    ...olderLogs(homePaths(home).logs).map((path) => ({
      ...{
        id: `log ${basename(path)}`,
        group: 'logs' as const,
        what: `Older log ${basename(path)}`,
        paths: [path],
        warning: null,
        runId: null,
      },
    })),
  ]
  const sized = await Promise.all(unsized.map(async (item) => ({ ...item, bytes: await bytesOf(item) })))
  return sized.filter(({ bytes, group }) => bytes > 0 || group === 'leftovers')
}

interface CleanUpOptions {
  readonly home: string
  readonly store: Store
  /** Finds what can be deleted; on this thread by default. */
  readonly find?: () => Promise<readonly Deletable[]>
}

/** Lists and deletes what isn't needed. Items may have come into use since they were listed, so deletion checks again. */
export function cleanUp({ home, store, find = () => deletables(home, store) }: CleanUpOptions) {
  /** The last check before a folder is deleted: since listing, the run may have started, or another run may use its model. */
  const isStillFree = ({ runId, group, paths }: Deletable): boolean =>
    runId === null ||
    (!store.jobs.isWorkedOn(runId) &&
      (group !== 'models' || paths.every((path) => modelUses(store, home, runId).of(path, runId).length === 0)))

  return {
    items: async (): Promise<CleanUpItem[]> => (await find()).map(({ runId: _, ...item }) => item),

    /** Deletes the items that can still be deleted; returns the bytes freed and the ids kept. */
    async delete(ids: readonly string[]): Promise<{ freedBytes: number; kept: string[] }> {
      const now = new Map((await find()).map((item) => [item.id, item]))
      let freedBytes = 0
      const kept: string[] = []
      for (const id of ids) {
        const item = now.get(id)
        if (item === undefined || !isStillFree(item)) {
          kept.push(id)
          continue
        }
        if (item.paths.some((path) => path.endsWith('.removing'))) await finishRemovals(store, home)
        for (const path of item.paths) if (isInside(home, path)) await rm(path, { recursive: true, force: true })
        freedBytes += item.bytes
      }
      return { freedBytes, kept }
    },
  }
}
export type CleanUp = ReturnType<typeof cleanUp>

const bytesOf = async ({ paths }: Unsized): Promise<number> => (await Promise.all(paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0)

const isInside = (folder: string, path: string): boolean => resolve(path).startsWith(resolve(folder) + sep)

/** Checkpoints of a run that is over; an unfinished one needs its own. */
function checkpointsOf({ id, name }: RunRow, home: string): Unsized {
  const folder = join(homePaths(home).run(id), 'checkpoints')
  return {
    id: `checkpoints ${id}`,
    group: 'checkpoints',
    runId: id,
    what: `Checkpoints of ${name} (${id})`,
    paths: [folder],
    warning: null,
  }
}

/** Models of a run that is over and that nothing else depends on. The last one comes with a warning. */
function modelsOf(run: RunRow, models: readonly ModelRow[], home: string, uses: ModelUses): Unsized[] {
  const folder = join(homePaths(home).run(run.id), 'models')
  const last = models.at(-1)
  const own = models.filter(({ path }) => path.startsWith(folder + sep) && uses.of(path, run.id).length === 0)
  return [...Map.groupBy(own, ({ path }) => path)].map(([path, same]) => ({
    id: `model ${run.id} ${same[0].name}`,
    group: 'models',
    runId: run.id,
    what: `${same.map(({ name }) => name).join(' and ')} of ${run.name} (${run.id})`,
    paths: [path],
    warning: same.some(({ name }) => name === last?.name) ? lastWarning(last) : null,
  }))
}

const lastWarning = (last: ModelRow | undefined): string =>
  `${last?.name} is the last model of the run and its final result. To get it back, you have to repeat the run.`

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

/** Bytes of a file, or of everything in a folder. Doesn't follow links, since their targets are elsewhere. 0 if it doesn't exist. */
export async function sizeOf(path: string): Promise<number> {
  const place = await realpath(path).catch(() => undefined)
  return place === undefined ? 0 : sizeAt(place)
}

async function sizeAt(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.isFile() ? stats.size : 0
  let sum = 0
  for (const entry of await entriesOf(path)) {
    if (!entry.isSymbolicLink()) sum += await sizeAt(join(path, entry.name))
  }
  return sum
}

/** A folder's entries; empty if it doesn't exist (anymore). */
export const entriesOf = (folder: string): Promise<Dirent[]> => readdir(folder, { withFileTypes: true }).catch(() => [])
