import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { codeHash, keptIn } from '../../../main/engine/process/speed/kept-comparison.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-kept-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const kept = keptIn('times.json', z.object({ at: z.string(), seconds: z.number().nullable() }))

test('a measurement replaces the note that it began, even within the same millisecond', () => {
  const at = '2026-01-01T00:00:00.000Z'
  kept.keep(folder, 'one machine', { at, seconds: null })
  kept.keep(folder, 'one machine', { at, seconds: 2 })
  expect(kept.get(folder, 'one machine')).toEqual({ at, seconds: 2 })
})

test('what is known already isn’t written again', () => {
  const value = { at: '2026-01-01T00:00:00.000Z', seconds: 2 }
  kept.keep(folder, 'one machine', value)
  const { ino } = statSync(join(folder, 'times.json'))
  kept.keep(folder, 'one machine', { ...value })
  expect(statSync(join(folder, 'times.json')).ino).toBe(ino)
  kept.keep(folder, 'another', value)
  expect([kept.get(folder, 'one machine'), kept.get(folder, 'another'), kept.get(folder, 'a third')]).toEqual([value, value, undefined])
})

test('the hash of code changes with any file of code in its folders, and with nothing else', () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  for (const each of [a, b]) mkdirSync(each)
  writeFileSync(join(a, 'tiles.ts'), 'const side = 64')
  const hash = codeHash([a, b])
  expect(codeHash([a, b])).toBe(hash)
  writeFileSync(join(a, 'tiles.ts.map'), '{}')
  expect(codeHash([a, b])).toBe(hash)
  writeFileSync(join(b, 'sums.js'), '')
  const added = codeHash([a, b])
  writeFileSync(join(a, 'tiles.ts'), 'const side = 32')
  expect(new Set([hash, added, codeHash([a, b])]).size).toBe(3)
})
