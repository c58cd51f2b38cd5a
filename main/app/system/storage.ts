import { join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { listRuntimes } from '../../runtimes/list.ts'
import type { RunStorage, Storage } from '../../shared/contract/storage-contract.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { statusOf } from '../runs/show-run.ts'
import { entriesOf, leftoversOf, sizeOf } from './clean-up.ts'
import { backupsOf } from './database-care.ts'
import { freeBytesAt } from './diagnostics.ts'

/** Disk usage of the data folder by purpose. Reads every folder and counts every row, so call it on a thread. */
export async function storageOf(home: string, store: Store): Promise<Storage> {
  const paths = homePaths(home)
  const databaseBytes = store.maintenance.size()
  const rows = store.maintenance.rowsOfRuns()
  const allRows = [...rows.values()].reduce((sum, n) => sum + n, 0)
  const runOf = async (run: RunRow): Promise<RunStorage> => {
    const own = rows.get(run.id) ?? 0
    return {
      ...{ id: run.id, name: run.name, status: statusOf(store, run) },
      models: await modelSizes(join(paths.run(run.id), 'models')),
      checkpointBytes: await sizeOf(join(paths.run(run.id), 'checkpoints')),
      rows: own,
      rowBytes: allRows === 0 ? 0 : Math.round((databaseBytes * own) / allRows),
    }
  }
  const leftovers = (await leftoversOf(home, store)).flatMap(({ paths }) => paths)
  return {
    ...{ home, databaseBytes, freeBytes: freeBytesAt(home) },
    runtimeBytes: listRuntimes(home).reduce((sum, { bytes }) => sum + bytes, 0),
    modelBytes: await sizeOf(paths.models),
    dataBytes: await sizeOf(paths.dataSets),
    logBytes: await sizeOf(paths.logs),
    backupBytes: backupsOf(home).reduce((sum, { bytes }) => sum + bytes, 0),
    leftoverBytes: await sumOf(leftovers),
    runs: await Promise.all(store.runs.list().map(runOf)),
  }
}

const sumOf = async (paths: readonly string[]): Promise<number> =>
  (await Promise.all(paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0)

const modelSizes = async (folder: string): Promise<RunStorage['models']> => {
  const names = (await entriesOf(folder)).flatMap((entry) => (entry.isDirectory() && !entry.name.includes('.tmp-') ? [entry.name] : []))
  return Promise.all(names.sort().map(async (name) => ({ name, bytes: await sizeOf(join(folder, name)) })))
}
