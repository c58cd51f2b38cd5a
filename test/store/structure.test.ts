import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOfRuns } from '../../main/app/datasets/run-files.ts'
import { modelUses } from '../../main/app/models/model-uses.ts'
import { listingsOf } from '../../main/app/runs/show-run.ts'
import { homePaths } from '../../main/common/home.ts'
import { openDatabase } from '../../main/store/database/connection.ts'
import { type Store, storeOn } from '../../main/store/store.ts'
import { smallSize, writeLargeStore } from '../support/large-store.ts'
import { watched } from '../support/watched-database.ts'

const folders: string[] = []
function largeStore(runs: number) {
  const home = mkdtempSync(join(tmpdir(), 'laurel-structure-'))
  folders.push(home)
  writeLargeStore(home, { ...smallSize, runs, hasFolders: false })
  const database = openDatabase(homePaths(home).database)
  const connection = watched(database)
  return { home, database, store: storeOn(connection.db), ...connection }
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('every query about one run or one prompt', () => {
  /** Tables that grow with the work of all runs. */
  const large = [
    'examples',
    'prompts',
    'candidates',
    'judgements',
    'pairs',
    'reviews',
    'metrics',
    'evaluation_units',
    'events',
    'training_pairs',
  ]

  /** Queries about the whole store, which may read a whole table: run on a thread, or small. */
  const ofWholeStore = [/FROM runs r LEFT JOIN/, /SELECT DISTINCT instruction FROM examples/]

  test('uses an index: no large table is scanned', () => {
    const { database, selects } = largeStore(12)
    const scans = selects
      .filter((sql) => !ofWholeStore.some((pattern) => pattern.test(sql)))
      .flatMap((sql) => {
        const parameters = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, null]))
        const marks = (sql.match(/\?/g) ?? []).map(() => null)
        const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        const rows = marks.length > 0 ? plan.all(...marks) : plan.all(parameters)
        return rows.flatMap(({ detail }) => {
          const table = /^SCAN (\w+)/.exec(detail)?.[1]
          return table !== undefined && isLarge(sql, table) ? [`${detail}: ${sql.replaceAll(/\s+/g, ' ')}`] : []
        })
      })
    database.close()
    expect(selects.length).toBeGreaterThan(50)
    expect(scans).toEqual([])
  })

  /** A query plan names a table by its alias. */
  function isLarge(sql: string, alias: string): boolean {
    return large.some((table) => alias === table || new RegExp(`(?:FROM|JOIN|,)\\s+${table}\\s+(?:AS\\s+)?${alias}\\b`, 'i').test(sql))
  }
})

describe('a query about all runs', () => {
  let few: ReturnType<typeof largeStore>
  let many: ReturnType<typeof largeStore>
  beforeAll(() => {
    few = largeStore(8)
    many = largeStore(40)
  })
  afterAll(() => {
    few.database.close()
    many.database.close()
  })

  const statementsFor = ({ store, home, ran }: ReturnType<typeof largeStore>, ask: (store: Store, home: string) => unknown): number => {
    const before = ran()
    ask(store, home)
    return ran() - before
  }

  test.each<[string, (store: Store, home: string) => unknown]>([
    ['the list of runs', (store) => listingsOf(store)],
    ['sources for evaluations', (store) => store.examples.countsOfRuns()],
    ['evaluations of all runs', (store) => store.evaluations.ofAllRuns()],
    ['files in recipes', (store) => filesOfRuns(store)],
    ['dependents of all runs’ models', (store, home) => modelUses(store, home)],
    ['dependents of one run’s models', (store, home) => modelUses(store, home, store.runs.mentioning()[0].id)],
    ['rows per run', (store) => store.maintenance.rowsOfRuns()],
  ])('%s takes as many statements for forty runs as for eight', (_, ask) => {
    expect(statementsFor(many, ask)).toBe(statementsFor(few, ask))
  })
})
