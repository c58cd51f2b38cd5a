import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type CleanUp, cleanUp } from '../../../main/app/system/clean-up.ts'
import { backupsOf } from '../../../main/app/system/database-care.ts'
import { storageOf } from '../../../main/app/system/storage.ts'
import { homePaths } from '../../../main/common/home.ts'
import { checkOf } from '../../../main/store/database/integrity.ts'
import { makeBackup } from '../../../main/store/database/make-backup.ts'
import { openStore, type Store } from '../../../main/store/store.ts'
import { evaluationJob } from '../../../main/store/tables/jobs-table.ts'
import { setJobState } from '../../support/job-state.ts'
import { createTinyRun, workWithStandIn } from '../../support/tiny-run.ts'
import { withTinyStore } from '../../support/tiny-store.ts'

let home: string
let store: Store
let cleaning: CleanUp
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  cleaning = cleanUp({ home, store })
})

async function finishedRun(): Promise<string> {
  const run = createTinyRun(store, home)
  expect(await workWithStandIn(store, home, run)).toBe('finished')
  return run
}

const idsOf = async (group?: string): Promise<string[]> =>
  (await cleaning.items()).filter((item) => group === undefined || item.group === group).map(({ id }) => id)

/** Creates a non-empty file. */
function put(...parts: string[]): string {
  const path = join(home, ...parts)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x'.repeat(100))
  return path
}

describe('models and checkpoints of runs', () => {
  test('of a finished run can be deleted, the last model with a warning; the base model never', async () => {
    const run = await finishedRun()
    put('runs', run, 'checkpoints', 'M2', '000001')
    const items = await cleaning.items()
    const models = store.models.ofRun(run).filter(({ path }) => path.startsWith(join(home, 'runs')))
    const last = models[models.length - 1]
    expect(items.filter(({ group }) => group === 'models').length).toBe(new Set(models.map(({ path }) => path)).size)
    expect(items.flatMap(({ paths }) => paths)).not.toContain(join(home, 'base'))
    for (const { id, warning } of items.filter(({ group }) => group === 'models')) {
      expect(warning !== null, id).toBe(id.endsWith(last.name))
    }
    const { freedBytes, kept } = await cleaning.delete([`model ${run} M1`, `checkpoints ${run}`])
    expect(kept).toEqual([])
    expect(freedBytes).toBeGreaterThan(100)
    expect(existsSync(store.models.find(run, 'M1')!.path)).toBe(false)
    expect(existsSync(last.path)).toBe(true)
    expect(existsSync(join(home, 'runs', run, 'checkpoints'))).toBe(false)
    expect(await idsOf()).not.toContain(`model ${run} M1`)
  })

  test.each(['created', 'paused', 'waiting-for-review', 'failed', 'running'] as const)('of a run that is %s stay', async (status) => {
    const run = await finishedRun()
    put('runs', run, 'checkpoints', 'M2', '000001')
    setJobState(store, run, status)
    expect((await idsOf()).filter((id) => id.includes(run))).toEqual([])
  })

  test('of a run in progress stay, whatever its status', async () => {
    const run = await finishedRun()
    const before = await idsOf('models')
    expect(before.length).toBeGreaterThan(0)
    const token = store.jobs.reserve(run)
    const { freedBytes, kept } = await cleaning.delete(before)
    store.jobs.release(run, token)
    expect({ freedBytes, kept }).toEqual({ freedBytes: 0, kept: before })
    expect(existsSync(store.models.find(run, 'M1')!.path)).toBe(true)
  })

  test('that another run starts from or judges with stay', async () => {
    const run = await finishedRun()
    const [m1, m2] = ['M1', 'M2'].map((name) => store.models.find(run, name)!.path)
    createTinyRun(store, home, { base_model: m1, evaluation: { judge: `${m2}/` } })
    const ids = await idsOf('models')
    expect(ids).not.toContain(`model ${run} M1`)
    expect(ids).not.toContain(`model ${run} M2`)
    expect(ids.length).toBeGreaterThan(0)
  })

  test('that a standalone evaluation uses stay until it has ended', async () => {
    const run = await finishedRun()
    const { path } = store.models.find(run, 'M1')!
    const labels = { model: 'M1', against: '', judge: 'M1' }
    const id = store.evaluations.add({ kind: 'judge', title: 'judge M1', ...labels, settings: { model: { name: 'M1', path } } })
    expect(await idsOf('models')).not.toContain(`model ${run} M1`)
    store.jobs.leaveQueue(evaluationJob(id))
    expect(await idsOf('models')).toContain(`model ${run} M1`)
  })

  test('nothing outside the data folder is deleted, even if a row names it', async () => {
    const run = await finishedRun()
    const outside = join(dirname(home), `outside-${run}`)
    mkdirSync(outside)
    writeFileSync(join(outside, 'weights'), 'x')
    store.models.add({ runId: run, name: 'M9', path: outside, initialisedFrom: null, reference: null, data: '', sha256: '' })
    expect(await idsOf()).not.toContain(`model ${run} M9`)
    expect((await cleaning.delete([`model ${run} M9`])).kept).toEqual([`model ${run} M9`])
    expect(existsSync(outside)).toBe(true)
    rmSync(outside, { recursive: true })
  })
})

describe('leftovers', () => {
  test('of a dead process can be deleted, and those of a living one can’t', async () => {
    const dead = put('models', 'big.tmp-999999999-ab12', 'part')
    const alive = put('models', `big.tmp-${process.pid}-cd34`, 'part')
    const upload = put('uploads', '999999999', 'file.jsonl')
    expect(await idsOf('leftovers')).toEqual([
      `leftover ${join('models', 'big.tmp-999999999-ab12')}`,
      `leftover ${join('uploads', '999999999')}`,
    ])
    await cleaning.delete(await idsOf('leftovers'))
    expect([dead, alive, upload].map((path) => existsSync(path))).toEqual([false, true, false])
  })
})

describe('the database', () => {
  test('is backed up while it is in use; the copy opens and contains the run; it can be deleted', async () => {
    const run = await finishedRun()
    const backup = makeBackup(homePaths(home).database)
    expect(backupsOf(home).map(({ name }) => name)).toEqual([backup.name])
    const copy = openStore(backup.path)
    expect(copy.runs.find(run)?.status).toBe('finished')
    expect(checkOf(backup.path)).toEqual([])
    copy.close()
    await cleaning.delete([`backup ${backup.name}`])
    expect(existsSync(backup.path)).toBe(false)
  })

  test('is checked for its references too', async () => {
    const run = await finishedRun()
    expect(checkOf(homePaths(home).database)).toEqual([])
    expect(store.maintenance.rowsOfRuns().get(run)).toBeGreaterThan(50)
  })
})

test('storage lists runs: models, checkpoints, and the share of the database', async () => {
  const run = await finishedRun()
  put('runs', run, 'checkpoints', 'M2', '000001')
  put('data', 'a', 'a.jsonl')
  const storage = await storageOf(home, store)
  expect(storage).toMatchObject({ dataBytes: 100, leftoverBytes: 0, runs: [{ id: run, status: 'finished', checkpointBytes: 100 }] })
  expect(storage.runs[0].models.map(({ name }) => name)).toContain('M1')
  expect(storage.runs[0].rowBytes).toBe(storage.databaseBytes) // the only run
})
