import { rm } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { olderLogs } from '../../common/log.ts'
import type { CleanUpItem } from '../../shared/contract/storage-contract.ts'
import type { Store } from '../../store/store.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { type ModelUses, modelUses } from '../models/model-uses.ts'
import { finishRemovals } from '../runs/remove-run.ts'
import { backupsOf } from './backup-schedule.ts'
import { sizeOf } from './folder-size.ts'
import { leftoversOf } from './leftovers.ts'

/** Something that can be deleted, and the run that it belongs to. */
export interface Deletable extends CleanUpItem {
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

export interface CleanUpOptions {
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
