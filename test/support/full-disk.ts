import Sqlite from 'better-sqlite3'
import { homePaths } from '../../main/common/home.ts'
import { openDatabase } from '../../main/store/connection.ts'
import { type Store, storeOn } from '../../main/store/store.ts'

/** A store whose disk can be filled: nothing can be written then, not even the removal of a row (which needs room in the journal). */
export function openFillableStore(home: string): { readonly store: Store; fill(): void; makeRoom(): void } {
  const db = openDatabase(homePaths(home).database)
  let isFull = false
  const prepare = db.prepare.bind(db)
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    const run = statement.run.bind(statement)
    statement.run = (...values: unknown[]) => {
      if (isFull) throw new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL')
      return run(...values)
    }
    return statement
  }) as typeof db.prepare
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
