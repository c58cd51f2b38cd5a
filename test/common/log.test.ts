import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { olderLogs, openLog } from '../../main/common/log.ts'
import type { LogEntry } from '../../main/shared/contract/events-contract.ts'

let home: string
let places = 0
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-log-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** A folder whose log hasn't been opened yet. */
const folder = (): string => join(home, `logs-${places++}`)

describe('the log', () => {
  test('has one instance per folder, writes a JSON value per line, and is read again at the next start', () => {
    const place = folder()
    const log = openLog(place)
    expect(openLog(place)).toBe(log)
    log.write('warning', 'run r-1', 'two\nlines')
    const written = readFileSync(join(place, 'laurel.jsonl'), 'utf8')
    expect(written.split('\n').length).toBe(2)
    const other = folder()
    rmSync(other, { recursive: true, force: true })
    openLog(other).write('info', 'x', 'y') // creates the folder
    const third = `${place}/../${place.split('/').at(-1)}` // the same files under another name, as another process would open them
    appendFileSync(join(place, 'laurel.jsonl'), '{"at": "2026')
    expect(openLog(third).recent()).toEqual([{ at: expect.any(String), level: 'warning', source: 'run r-1', text: 'two\nlines' }])
  })

  test('starts a new file when one is full, and keeps a limited number of files', () => {
    const place = folder()
    const log = openLog(place)
    const text = 'x'.repeat(20_000)
    for (let i = 0; i < 800; i++) log.write('info', 'test', text) // 16 MB in all
    const names = readdirSync(place).sort()
    expect(names).toEqual(['laurel.1.jsonl', 'laurel.2.jsonl', 'laurel.3.jsonl', 'laurel.4.jsonl', 'laurel.jsonl'])
    for (const name of names) expect(statSync(join(place, name)).size).toBeLessThan(2.1 * 1024 * 1024)
    expect(olderLogs(place).length).toBe(4)
    expect(log.recent().length).toBe(800)
  })

  test('truncates long texts, and keeps a limited number of entries in memory', () => {
    const log = openLog(folder())
    log.write('info', 'test', 'x'.repeat(30_000))
    expect(log.recent()[0].text.length).toBe(20_000)
    for (let i = 0; i < 2100; i++) log.write('info', 'test', `${i}`)
    expect(log.recent().length).toBe(2000)
    expect(log.recent().at(-1)?.text).toBe('2099')
  })

  test('calls listeners until they unsubscribe', () => {
    const log = openLog(folder())
    const heard: LogEntry[] = []
    const stop = log.listen((entry) => heard.push(entry))
    log.write('error', 'engine', 'first')
    stop()
    log.write('error', 'engine', 'second')
    expect(heard.map(({ text }) => text)).toEqual(['first'])
  })

  test('does not throw if it cannot be written', () => {
    const place = join(home, 'a-file')
    writeFileSync(place, '')
    const log = openLog(join(place, 'logs'))
    log.write('info', 'test', 'nowhere to go')
    expect(log.recent().length).toBe(1)
  })
})
