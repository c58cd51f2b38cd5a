import { statSync } from 'node:fs'
import { join } from 'node:path'
import { homePaths } from '../../common/home.ts'
import { readStored } from '../../common/json-document.ts'
import type { Log } from '../../common/log.ts'
import { replaceFile } from '../../common/replace-file.ts'
import { type Backup, type DatabaseCheck, databaseCheck } from '../../shared/contract/storage-contract.ts'
import { toErrorValue } from '../../shared/errors.ts'
import { backupsOf as backupsOfDatabase } from '../../store/database/backups.ts'
import type { StoreThread } from '../store-thread/store-thread.ts'

/** Backups of the data folder's database, newest first. */
export const backupsOf = (home: string): Backup[] => backupsOfDatabase(homePaths(home).database)

const dayMs = 24 * 60 * 60_000

/** Not while the UI starts. */
const firstLookMs = 60_000
const nextLookMs = 60 * 60_000

const recordPath = (home: string): string => join(home, 'database-check.json')

/** Result of the last full database check; null: none yet, or unreadable (the next check writes it again). */
export const lastCheck = (home: string): DatabaseCheck | null => readStored(recordPath(home), databaseCheck) ?? null

interface DatabaseCareOptions {
  readonly home: string
  readonly jobs: Pick<StoreThread, 'check' | 'backUp'>
  readonly log: Log
  readonly now?: () => number
}

/** Checks the database and backs it up once a day, on a thread. A damaged one is reported, and doesn't replace good backups. */
export async function careFor({ home, jobs, log, now = Date.now }: DatabaseCareOptions): Promise<void> {
  const last = lastCheck(home)
  const isDue = last === null || now() - Date.parse(last.checkedAt) >= dayMs
  if (!isDue || statSync(homePaths(home).database, { throwIfNoEntry: false }) === undefined) return
  try {
    const found = await jobs.check()
    recordCheck(home, found, now())
    if (found.length > 0) {
      log.write('error', 'database', `The database is damaged: ${found[0]}\nRun laurel database restore, or laurel database recover.`)
      return
    }
    await jobs.backUp('daily')
    log.write('info', 'database', 'checked and backed up')
  } catch (thrown) {
    const { message, remedy } = toErrorValue(thrown)
    log.write('warning', 'database', `couldn't check and back up the database: ${message} ${remedy}`)
  }
}

/** Stores the result of a check for the System page. */
export function recordCheck(home: string, found: readonly string[], at = Date.now()): DatabaseCheck {
  const record: DatabaseCheck = { checkedAt: new Date(at).toISOString(), found: [...found] }
  replaceFile(recordPath(home), `${JSON.stringify(record, null, 2)}\n`)
  return record
}

/** Checks hourly whether the daily care is due, until `end`. */
export function databaseCare(options: DatabaseCareOptions): { end(): void } {
  let timer = setTimeout(look, firstLookMs).unref()
  let isEnded = false
  function look(): void {
    void careFor(options).finally(() => {
      if (!isEnded) timer = setTimeout(look, nextLookMs).unref()
    })
  }
  return {
    end() {
      isEnded = true
      clearTimeout(timer)
    },
  }
}
