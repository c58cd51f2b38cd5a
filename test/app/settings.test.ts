import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { settingsFile } from '../../main/app/system/settings-file.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-settings-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const none = { reviewer: '', threads: null, webhook: null }

test('a change keeps the other settings and the recent places, and outlives the process', () => {
  settingsFile(home).change({ reviewer: 'Ada' })
  settingsFile(home).rememberPlace('/data')
  expect(settingsFile(home).change({ threads: 2 })).toEqual({ ...none, reviewer: 'Ada', threads: 2 })
  expect(settingsFile(home).get()).toEqual({ ...none, reviewer: 'Ada', threads: 2 })
  expect(settingsFile(home).recentPlaces()).toEqual(['/data'])
})

test.each([
  ['threads of 0', '{"reviewer": "Ada", "threads": 0}', { ...none, reviewer: 'Ada' }, 'threads'],
  ['threads in words', '{"threads": "many", "reviewer": "Ada", "recentPlaces": ["/data"]}', { ...none, reviewer: 'Ada' }, 'threads'],
  ['a reviewer that is a number', '{"reviewer": 7, "threads": 3}', { ...none, threads: 3 }, 'reviewer'],
  ['invalid places', '{"recentPlaces": {"a": 1}, "reviewer": "Ada"}', { ...none, reviewer: 'Ada' }, 'recentPlaces'],
  ['two bad fields', '{"recentPlaces": 1, "threads": -2, "reviewer": "Ada"}', { ...none, reviewer: 'Ada' }, 'threads'],
  ['a webhook that isn’t an address', '{"webhook": "file:///etc/passwd", "reviewer": "Ada"}', { ...none, reviewer: 'Ada' }, 'webhook'],
  ['a webhook with a password', '{"webhook": "https://me:secret@host/", "reviewer": "Ada"}', { ...none, reviewer: 'Ada' }, 'webhook'],
  ['half a file', '{"reviewer": "Ad', none, 'JSON'],
  ['a list', '[1, 2]', none, 'must be a JSON object'],
  ['nothing', 'null', none, 'must be a JSON object'],
])('a file with %s keeps all its other settings, reports the problem, and is copied before it is overwritten', (_, text, kept, reason) => {
  writeFileSync(join(home, 'settings.json'), text)
  const reports: string[] = []
  const settings = settingsFile(home, (report) => reports.push(report))
  expect(settings.get()).toEqual(kept)
  expect(settings.get()).toEqual(kept)
  expect(reports).toEqual([expect.stringContaining(reason)]) // only once
  expect(existsSync(join(home, 'settings.json.unreadable'))).toBe(false)
  expect(settings.change({ threads: 5 })).toEqual({ ...kept, threads: 5 })
  expect(readFileSync(join(home, 'settings.json.unreadable'), 'utf8')).toBe(text)
  expect(settingsFile(home).get()).toEqual({ ...kept, threads: 5 })
})

test('unknown fields stay in the file', () => {
  writeFileSync(join(home, 'settings.json'), '{"reviewer": "Ada", "theme": "dark"}')
  settingsFile(home).change({ reviewer: 'Bo' })
  expect(JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8'))).toMatchObject({ reviewer: 'Bo', theme: 'dark' })
})

test('its functions work without their object', () => {
  const { change, get } = settingsFile(home)
  change({ reviewer: 'Ada' })
  expect(get().reviewer).toBe('Ada')
})

test('recent places are the newest six, without duplicates', () => {
  const settings = settingsFile(home)
  for (const place of ['/a', '/b', '/c', '/d', '/e', '/f', '/g', '/c']) settings.rememberPlace(place)
  expect(settings.recentPlaces()).toEqual(['/c', '/g', '/f', '/e', '/d', '/b'])
})
