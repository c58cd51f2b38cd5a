import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { pastedPath } from '../../main/common/pasted-path.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-pasted-'))
afterAll(() => rmSync(folder, { recursive: true }))
const there = join(folder, 'my models', "Ann's (new)")
mkdirSync(there, { recursive: true })

describe('an existing path is found however it is pasted', () => {
  test.each([
    there,
    `  ${there} \n`,
    `"${there}"`,
    ` "${there}"\r\n`,
    `'"${there}"'`,
    `“${there}”`,
    `& "${there}"`,
    pathToFileURL(there).href,
    pathToFileURL(there).href.replace('file://', 'file://localhost'),
    `"${pathToFileURL(there).href}"`,
    there.replaceAll(/[ ()']/g, '\\$&'),
  ])('%s', (text) => expect(pastedPath(text)).toBe(there))

  test('relative to the given folder', () => expect(pastedPath('"my models"', folder)).toBe('my models'))

  test('in the home folder', () => {
    expect(pastedPath('~')).toBe(homedir())
    expect(pastedPath('"~/no such thing here"')).toBe(join(homedir(), 'no such thing here'))
  })
})

test('the unchanged text wins if it exists as a path', () => {
  for (const name of ['"quoted"', ' spaced ', 'back\\ slash', '~']) {
    writeFileSync(join(folder, name), '')
    expect(pastedPath(name, folder)).toBe(name)
  }
})

test('a path that does not exist loses only characters that no name contains', () => {
  expect(pastedPath(` "${folder}/new.jsonl" `)).toBe(join(folder, 'new.jsonl'))
  expect(pastedPath(`${folder}/new\\ one.jsonl`)).toBe(join(folder, 'new one.jsonl'))
  expect(pastedPath(`${folder}/it's.jsonl`)).toBe(join(folder, "it's.jsonl"))
  expect(pastedPath('/nowhere/at all')).toBe('/nowhere/at all')
  expect(pastedPath('/dev/stdout')).toBe('/dev/stdout')
  expect(pastedPath('file://%')).toBe('file://%')
  expect(pastedPath('')).toBe('')
  expect(pastedPath('a\0b')).toBe('a\0b')
})
