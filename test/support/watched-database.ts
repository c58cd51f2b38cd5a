import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database, Statement } from 'better-sqlite3'
import { openDatabase } from '../../main/store/database/connection.ts'
import { storeOn } from '../../main/store/store.ts'
import { type LargeRun, writeLargeRun } from './large-run.ts'

/** A connection that records its SELECTs, how often statements run, and how many rows they return. */
export function watched(db: Database) {
  const selects: string[] = []
  const returned = { all: 0, largest: 0 }
  let ran = 0
  const counted = (statement: Statement): Statement =>
    new Proxy(statement, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          if (key === 'all' || key === 'get' || key === 'iterate' || key === 'run') ran++
          const result: unknown = value.apply(target, given)
          if (key === 'iterate') return countedRows(result as Iterable<unknown>)
          if (key === 'all') note((result as unknown[]).length)
          if (key === 'get' && result !== undefined) note(1)
          return result === target ? counted(target) : result
        }
      },
    })
  function* countedRows(rows: Iterable<unknown>): Generator<unknown> {
    for (const row of rows) {
      note(1)
      yield row
    }
  }
  function note(rows: number): void {
    returned.all += rows
    returned.largest = Math.max(returned.largest, rows)
  }
  const proxy = new Proxy(db, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      if (key !== 'prepare') return value.bind(target)
      return (sql: string) => {
        if (/^\s*(?:SELECT|WITH)/i.test(sql)) selects.push(sql)
        return counted(target.prepare(sql))
      }
    },
  })
  return {
    db: proxy,
    selects,
    /** How often a statement ran. */
    ran: () => ran,
    /** How many rows were returned: in all, and by one call at most. Rows that are read one after the other count one by one. */
    returned: () => ({ ...returned }),
    forget(): void {
      returned.all = 0
      returned.largest = 0
    },
  }
}

/** A large run in a folder of its own, in a store on a watched connection. */
export function watchedLargeRun(size: LargeRun) {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  const path = join(folder, 'laurel.db')
  const runId = writeLargeRun(path, size)
  const database = openDatabase(path)
  const connection = watched(database)
  const store = storeOn(connection.db)
  const remove = (): void => {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, runId, database, connection, store, remove }
}
