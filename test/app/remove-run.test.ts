import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { finishRemovals, removeRun } from '../../main/app/runs/remove-run.ts'
import { cleanUp } from '../../main/app/system/clean-up.ts'
import { homePaths } from '../../main/common/home.ts'
import { checkOf } from '../../main/store/database/integrity.ts'
import type { Store } from '../../main/store/store.ts'
import { leaseToken, setJobState } from '../support/job-state.ts'
import { createTinyRun, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

async function finishedRun(): Promise<string> {
  const run = createTinyRun(store, home)
  expect(await workWithStandIn(store, home, run)).toBe('finished')
  return run
}

const modelOf = (run: string, name: string): string => store.models.find(run, name)!.path
const request = (title: string, settings: unknown): number =>
  store.evaluations.add({ kind: 'judge', title, model: 'M1', against: '', judge: 'M1', settings })
const removal = (run: string): Promise<void> => removeRun(store, home, store.runs.resolve(run))
const folders = (): string[] => readdirSync(homePaths(home).runs)

/** Tables of the search index that always have rows; what it knows of documents is in `response_search_docsize`. */
const index = "'response_search_data', 'response_search_idx', 'response_search_config'"

/** Number of rows per table that belong to no run. */
function rowsLeft(): Record<string, number> {
  const db = new Sqlite(homePaths(home).database, { readonly: true })
  const tables = db
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN (${index})`)
    .pluck()
    .all()
  const counts = tables.map((table) => [table, db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!] as const)
  db.close()
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

describe('removing a run that something depends on fails and names the dependent', () => {
  test.each<[string, (run: string) => string]>([
    ['a run that starts from its model', (run) => createTinyRun(store, home, { base_model: modelOf(run, 'M2') })],
    ['a run that compares with its model', (run) => createTinyRun(store, home, { evaluation: { judge: modelOf(run, 'M2') } })],
    [
      'a model of another run with files in its folder',
      (run) => {
        const other = createTinyRun(store, home)
        store.models.add({
          runId: other,
          name: 'M1',
          path: modelOf(run, 'M1'),
          initialisedFrom: null,
          reference: null,
          data: '',
          sha256: '',
        })
        return other
      },
    ],
    [
      'a queued evaluation',
      (run) => {
        request('my evaluation', { model: { path: modelOf(run, 'M1') } })
        return 'my evaluation'
      },
    ],
    [
      'an evaluation on its prompts',
      (run) => {
        request('on its prompts', { source: { from: 'run', runId: run } })
        return 'on its prompts'
      },
    ],
  ])('%s', async (_, need) => {
    const run = await finishedRun()
    const name = need(run)
    expect(() => removal(run)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(name) }))
    expect(store.runs.find(run)?.status).toBe('finished')
    expect(existsSync(modelOf(run, 'M2'))).toBe(true)
  })
})

describe('a removal', () => {
  test('leaves neither rows nor files', async () => {
    const run = await finishedRun()
    await removal(run)
    expect(rowsLeft()).toEqual({})
    expect(folders()).toEqual([])
    expect(checkOf(homePaths(home).database)).toEqual([])
  })

  test('that was killed before any row was deleted is completed at the next start', async () => {
    const run = await finishedRun()
    renameSync(homePaths(home).run(run), `${homePaths(home).run(run)}.removing`)
    await finishRemovals(store, home)
    expect(rowsLeft()).toEqual({})
    expect(folders()).toEqual([])
  })

  test.each([0, 1, 3])('that was killed after %i steps prevents a start of the run, and is completed at the next launch', async (steps) => {
    const run = await finishedRun()
    const folder = homePaths(home).run(run)
    renameSync(folder, `${folder}.removing`)
    store.jobs.request(run, 'end')
    setJobState(store, run, 'finished')
    for (let i = 0; i < steps; i++) store.removal.step(run)
    await expect(workWithStandIn(store, home, run)).rejects.toThrow(/ended early/)
    await finishRemovals(store, home)
    expect(rowsLeft()).toEqual({})
    expect(folders()).toEqual([])
  })

  test('that was killed while deleting files is completed at the next start', async () => {
    mkdirSync(join(homePaths(home).runs, 'r-gone2.removing', 'models'), { recursive: true })
    await finishRemovals(store, home)
    expect(folders()).toEqual([])
  })

  test('keeps the run if its folder can’t be renamed', async () => {
    const run = await finishedRun()
    const folder = homePaths(home).run(run)
    cpSync(folder, `${folder}.removing`, { recursive: true }) // the new name is taken
    expect(() => removal(run)).toThrow()
    expect(store.runs.find(run)?.status).toBe('finished')
    expect(leaseToken(store, run)).toBeNull()
    expect(existsSync(modelOf(run, 'M2'))).toBe(true)
  })
})

test('clean-up lists files of removed runs, interrupted files of every kind, and old databases', async () => {
  const put = (...parts: string[]): string => {
    const path = join(home, ...parts)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'x'.repeat(100))
    return parts[0] === 'runs' ? join(...parts.slice(0, 2)) : join(...parts)
  }
  const run = await finishedRun()
  const left = [
    put('runs', 'r-gone2', 'models', 'M1', 'weights'),
    put('runs', 'r-gone3.removing', 'weights'),
    put('models', 'x.safetensors.999999999.tmp'),
    put('settings.json.999999999.tmp'),
    put('backups', 'daily-1.db.999999999.tmp'),
    put('laurel.db.corrupt-2026-01-01'),
    put('laurel.db.damaged-2026-01-01'),
    put('laurel.db.replaced-2026-01-01'),
  ]
  put('models', `x.safetensors.${process.pid}.tmp`) // still being written
  const items = (await cleanUp({ home, store }).items()).filter(({ group }) => group === 'leftovers')
  expect(items.map(({ id }) => id).sort()).toEqual(left.map((name) => `leftover ${name}`).sort())
  expect(items.filter(({ warning }) => warning !== null).length).toBe(3)
  await cleanUp({ home, store }).delete(items.map(({ id }) => id))
  expect(left.filter((name) => existsSync(join(home, name)))).toEqual([])
  expect(existsSync(modelOf(run, 'M2'))).toBe(true)
})
