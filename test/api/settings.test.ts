import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { settingsFile } from '../../main/api/settings.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-settings-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('a change leaves the other settings and the recent places, and outlives the process', () => {
  settingsFile(home).change({ reviewer: 'Ada' })
  settingsFile(home).rememberPlace('/data')
  expect(settingsFile(home).change({ threads: 2 })).toEqual({ reviewer: 'Ada', threads: 2 })
  expect(settingsFile(home).get()).toEqual({ reviewer: 'Ada', threads: 2 })
  expect(settingsFile(home).recentPlaces()).toEqual(['/data'])
})

test('a damaged file counts as none', () => {
  writeFileSync(join(home, 'settings.json'), '{"reviewer": 7')
  expect(settingsFile(home).get()).toEqual({ reviewer: '', threads: null })
})

test('recent places are the newest six, each once', () => {
  const settings = settingsFile(home)
  for (const place of ['/a', '/b', '/c', '/d', '/e', '/f', '/g', '/c']) settings.rememberPlace(place)
  expect(settings.recentPlaces()).toEqual(['/c', '/g', '/f', '/e', '/d', '/b'])
})
