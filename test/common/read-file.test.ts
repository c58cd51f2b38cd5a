import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPlainText } from '../../main/common/read-file.ts'
import { recipeDocument } from '../../main/loop/recipe/load-recipe.ts'
import { endlessDevice, needing } from '../support/needs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a plain file is read, even through links', () => {
  writeFileSync(join(folder, 'a'), 'text ü')
  symlinkSync(join(folder, 'a'), join(folder, 'link'))
  expect(readPlainText(join(folder, 'link'), 100)).toBe('text ü')
})

test('a path that is missing, too large, or no plain file is rejected by name without blocking', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  symlinkSync(pipe, join(folder, 'link'))
  writeFileSync(join(folder, 'large'), '')
  truncateSync(join(folder, 'large'), 1e9)
  for (const name of ['pipe', 'link', '.']) {
    const path = join(folder, name)
    expect(() => readPlainText(path, 100)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: `${path}: is not a file` }))
  }
  expect(() => readPlainText(join(folder, 'large'), 100)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  expect(() => readPlainText(join(folder, 'none'), 100)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

needing(endlessDevice).test('an endless device is rejected as a recipe', () => {
  expect(() => recipeDocument('/dev/zero')).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('/dev/zero') }),
  )
})
