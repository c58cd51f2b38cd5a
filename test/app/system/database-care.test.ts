import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type StoreThread, storeThread } from '../../../main/app/store-thread/store-thread.ts'
import { careFor, lastCheck } from '../../../main/app/system/database-care.ts'
import { homePaths } from '../../../main/common/home.ts'
import { openLog } from '../../../main/common/log.ts'
import { backupsOf } from '../../../main/store/database/backups.ts'
import { openTinyStore, tinyHome } from '../../support/tiny-run.ts'

let home: string
let remove: () => void
let jobs: StoreThread
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  openTinyStore(home).close()
  jobs = storeThread(home)
})
afterEach(async () => {
  await jobs.close()
  remove()
})

test('the database is checked and backed up once a day, on a thread', async () => {
  const log = openLog(homePaths(home).logs)
  let now = Date.now()
  const care = () => careFor({ home, jobs, log, now: () => now })
  const names = (): string[] => backupsOf(homePaths(home).database).map(({ name }) => name)
  await care()
  expect(lastCheck(home)?.found).toEqual([])
  const first = names()
  expect(first).toEqual([expect.stringMatching(/^daily-/)])
  now += 23 * 60 * 60_000
  await care()
  expect(names()).toEqual(first)
  now += 60 * 60_000
  await care()
  expect(names().length).toBe(2)
})

test('a damaged database is reported, and does not replace good backups', async () => {
  const log = openLog(homePaths(home).logs)
  writeFileSync(homePaths(home).database, 'no longer what it was '.repeat(300))
  await careFor({ home, jobs, log })
  expect(lastCheck(home)?.found).toEqual(['file is not a database'])
  expect(backupsOf(homePaths(home).database)).toEqual([])
  expect(log.recent().at(-1)).toMatchObject({ level: 'error', text: expect.stringContaining('laurel database restore') })
})
