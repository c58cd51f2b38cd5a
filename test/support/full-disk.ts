import Sqlite from 'better-sqlite3'
import { homePaths } from '../../main/common/home.ts'
import { openDatabase } from '../../main/store/database/connection.ts'
import { type Store, storeOn } from '../../main/store/store.ts'

const full = (): Error => new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL')

/**
 * A store whose disk can be filled. Nothing can then be written, not even the removal of a row (which needs room in the journal). A transaction executes
 * all its statements and fails on commit, as with SQLite's write-ahead log.
 */
export function openFillableStore(home: string): { readonly store: Store; fill(): void; makeRoom(): void } {
  const db = openDatabase(homePaths(home).database)
  let isFull = false
  const { prepare, transaction } = { prepare: db.prepare.bind(db), transaction: db.transaction.bind(db) }
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    const run = statement.run.bind(statement)
    statement.run = (...values: unknown[]) => {
      if (isFull && !db.inTransaction) throw full()
      return run(...values)
    }
    return statement
  }) as typeof db.prepare
  db.transaction = ((work: (...values: unknown[]) => unknown) =>
    transaction((...values: unknown[]) => {
      const result = work(...values)
      if (isFull) throw full()
      return result
    })) as typeof db.transaction
  return {
    store: storeOn(db),
    fill: () => {
      isFull = true
    },
    makeRoom: () => {
      isFull = false
    },
  }
}
