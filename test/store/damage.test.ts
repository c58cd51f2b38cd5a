import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { LaurelError, toErrorValue } from '../../main/shared/errors.ts'
import { backupsOf } from '../../main/store/database/backups.ts'
import { openDatabase } from '../../main/store/database/connection.ts'
import { checkOf } from '../../main/store/database/integrity.ts'
import { dailyOf, makeBackup } from '../../main/store/database/make-backup.ts'
import { recoverDatabase, restoreDatabase } from '../../main/store/database/repair.ts'
import { explainStoreError } from '../../main/store/database/store-error.ts'
import { openStore } from '../../main/store/store.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-damage-'))
  path = join(folder, 'laurel.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Creates runs with a recipe of one page each and two events, and closes the database. */
function fill(runs = 200): void {
  const db = openDatabase(path)
  const run = db.prepare("INSERT INTO runs (id, name, recipe, created_at) VALUES (?, 'x', ?, '')")
  const job = db.prepare("INSERT INTO jobs (id, run_id, state) VALUES (@id, @id, 'finished')")
  const event = db.prepare("INSERT INTO events (run_id, at, event) VALUES (?, '', '{}')")
  db.transaction(() => {
    for (let i = 0; i < runs; i++) {
      run.run(`r-${i}`, 'x'.repeat(3000))
      job.run({ id: `r-${i}` })
      event.run(`r-${i}`)
      event.run(`r-${i}`)
    }
  })()
  db.close()
}

const runsIn = (): number => {
  const db = openDatabase(path)
  try {
    return db.prepare<[], number>('SELECT count(*) FROM runs').pluck().get()!
  } finally {
    db.close()
  }
}

/** The error of an attempt to open; the folder must stay unchanged to the byte. */
function refusal(): LaurelError {
  const before = contents()
  let thrown: unknown
  try {
    openDatabase(path).close()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(LaurelError)
  const after = contents()
  for (const files of [before, after]) for (const suffix of ['-shm', '-wal']) files.delete(`laurel.db${suffix}`)
  expect([...after.keys()]).toEqual([...before.keys()])
  for (const [name, bytes] of before) expect(after.get(name)?.equals(bytes), name).toBe(true)
  return thrown as LaurelError
}

const contents = (): Map<string, Buffer> =>
  new Map(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [[entry.name, readFileSync(join(folder, entry.name))] as const] : [],
    ),
  )

/** Overwrites pages of the closed file, of 4096 bytes each. */
function ruin(from: number, to: number): void {
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 4096 * from, 4096 * to)
  writeFileSync(path, bytes)
}

describe('an unusable file stays in place, with one clear line', () => {
  test.each<[string, () => void, RegExp]>([
    ['text', () => writeFileSync(path, 'only some words, whatever the name says '.repeat(60)), /is damaged: file is not a database/],
    ['zeros', () => writeFileSync(path, Buffer.alloc(50_000)), /is damaged/],
    ['noise', () => writeFileSync(path, Buffer.alloc(50_000, 'k3#')), /is damaged/],
    ['cut in the middle', () => truncateSync(path, 120_000), /is damaged/],
    ['cut by one page', () => truncateSync(path, readFileSync(path).length - 4096), /is damaged/],
    ['a ruined first page', () => ruin(0, 1), /is damaged/],
    ['a ruined schema', () => ruin(1, 40), /is damaged/],
  ])('%s', (_, damage, says) => {
    fill()
    damage()
    const { code, message, remedy } = refusal()
    expect(code).toBe('BAD_INPUT')
    expect(message).toMatch(says)
    expect(message).toContain(path)
    expect(`${message}${remedy}`).not.toMatch(/\n| {4}at /)
    expect(remedy).toContain('laurel database recover')
  })

  it('is a folder', () => {
    mkdirSync(path)
    expect(refusal().message).toContain(`${path} must be a file`)
  })

  it("is another program's database", () => {
    const other = new Sqlite(path)
    other.exec('CREATE TABLE notes (x)')
    other.close()
    expect(refusal().message).toMatch(/isn't a Laurel database: it contains the tables notes/)
  })

  it('is empty although there are backups', () => {
    fill(3)
    makeBackup(path)
    truncateSync(path, 0)
    expect(refusal().remedy).toContain('laurel database restore')
    expect(restoreDatabase(path).kept).not.toBeNull()
    expect(runsIn()).toBe(3)
  })

  it('has noise in place of its journal, which is not read as content', () => {
    fill(5)
    writeFileSync(`${path}-wal`, Buffer.alloc(20_000, 'wal?'))
    expect(runsIn()).toBe(5)
  })
})

describe('a disk error', () => {
  test.each(['SQLITE_IOERR_READ', 'SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_SHORT_READ'])('%s is no verdict about the file', (code) => {
    const { message, remedy } = toErrorValue(explainStoreError(new Sqlite.SqliteError('disk I/O error', code), path))
    expect(message).toBe(`Couldn't read or write the database ${path}: disk I/O error (${code}).`)
    expect(remedy).toContain('Check the disk')
  })
})

test('a page that only one read failed to deliver is a disk error too', () => {
  fill(3)
  const { message } = toErrorValue(explainStoreError(new Sqlite.SqliteError('database disk image is malformed', 'SQLITE_CORRUPT'), path))
  expect(message).toContain(`Couldn't read or write the database ${path}`)
})

describe('a damaged page', () => {
  it('leaves the rest readable, and is reported where it occurs', () => {
    fill()
    ruin(150, 152)
    const db = openDatabase(path)
    expect(db.prepare('SELECT count(*) FROM events').pluck().get()).toBe(400)
    let thrown: unknown
    try {
      db.prepare('SELECT sum(length(recipe)) FROM runs').get()
    } catch (error) {
      thrown = explainStoreError(error)
    }
    db.close()
    expect(thrown).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(`${path} is damaged`) })
    expect(checkOf(path).length).toBeGreaterThan(0)
  })

  it('is left out when the database is recovered; everything else is kept, and so is the original', () => {
    fill()
    ruin(150, 152)
    const damagedBytes = readFileSync(path)
    const { tables, kept } = recoverDatabase(path)
    const runs = tables.find(({ table }) => table === 'runs')!
    expect(runs.hasGaps).toBe(true)
    expect(runs.rows).toBeGreaterThanOrEqual(190)
    expect(runs.rows).toBeLessThan(200)
    expect(readFileSync(kept!).equals(damagedBytes)).toBe(true)
    expect(runsIn()).toBe(runs.rows)
    expect(checkOf(path)).toEqual([]) // no event refers to a lost run
    expect(tables.find(({ table }) => table === 'events')).toMatchObject({
      rows: runs.rows * 2,
      hasGaps: false,
      dangling: 400 - runs.rows * 2,
    })
  })

  test.each([3, 7, 20, 61, 120, 190])('page %i: recovery gives an intact database', (page) => {
    fill()
    ruin(page, page + 1)
    recoverDatabase(path)
    expect(checkOf(path)).toEqual([])
    expect(runsIn()).toBeGreaterThanOrEqual(0)
  })

  it('that took the jobs of runs away doesn’t hide the runs: they can be listed and resumed', () => {
    fill()
    const db = openDatabase(path)
    db.exec("DELETE FROM jobs WHERE id < 'r-3'")
    db.close()
    recoverDatabase(path)
    const store = openStore(path)
    expect(store.jobs.find('r-1')).toMatchObject({ runId: 'r-1', state: 'created' })
    expect(store.jobs.find('r-4')).toMatchObject({ runId: 'r-4', state: 'finished' })
    store.close()
  })
})

test('a database without any readable row is not replaced by an empty one', () => {
  fill(1)
  const length = readFileSync(path).length / 4096
  ruin(2, length)
  const bytes = readFileSync(path)
  expect(() => recoverDatabase(path)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(`Couldn't read any part of ${path}`) }),
  )
  expect(readFileSync(path).equals(bytes)).toBe(true)
  expect(readdirSync(folder).filter((name) => name.includes('damaged') || name.endsWith('.tmp'))).toEqual([])
})

describe('an open database', () => {
  it('is neither recovered nor replaced', () => {
    fill(3)
    makeBackup(path)
    const db = openDatabase(path)
    expect(() => recoverDatabase(path)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    expect(() => restoreDatabase(path)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    db.close()
    expect(restoreDatabase(path).kept).toContain('laurel.db.replaced-')
  })
})

describe('backups', () => {
  it('contain the old data, and restoring the newest brings it back', () => {
    fill(3)
    makeBackup(path)
    rmSync(path)
    fill(1)
    restoreDatabase(path)
    expect(runsIn()).toBe(3)
  })

  it('number three at most if daily; manual ones stay', () => {
    fill(1)
    makeBackup(path)
    for (let day = 0; day < 5; day++) {
      const { path: made } = makeBackup(path, 'daily')
      utimesSync(made, 1000 + day, 1000 + day)
    }
    expect(dailyOf(path).length).toBe(3)
    expect(backupsOf(path).length).toBe(4)
  })

  it('that are damaged do not replace the database', () => {
    fill()
    const backup = join(folder, 'copy.db')
    copyFileSync(path, backup)
    const bytes = readFileSync(backup)
    bytes.fill(0x5a, 4096 * 150, 4096 * 152)
    writeFileSync(backup, bytes)
    expect(() => restoreDatabase(path, backup)).toThrow(/The backup .*copy\.db is damaged/)
    expect(runsIn()).toBe(200)
  })
})
