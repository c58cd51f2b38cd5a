import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { writeFolder } from '../../main/common/write-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'laurel-folder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const target = join(root, 'models', 'm1')
beforeEach(() => rmSync(join(root, 'models'), { recursive: true, force: true }))

const write = (text: string, mayReplace = true) =>
  writeFolder(target, { bytes: 10, mayReplace: () => mayReplace, fill: (temporary) => writeFileSync(join(temporary, 'a'), text) })

test('a folder appears complete, and nothing else with it', () => {
  write('one')
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('one')
  expect(readdirSync(join(root, 'models'))).toEqual(['m1'])
})

test('a folder does not exist until it is complete', () => {
  writeFolder(target, {
    bytes: 0,
    mayReplace: () => true,
    fill(temporary) {
      writeFileSync(join(temporary, 'a'), 'x')
      expect(existsSync(target)).toBe(false)
    },
  })
  expect(existsSync(target)).toBe(true)
})

test('of two writers of the same new folder one is rejected, and nothing is lost', () => {
  const late = () =>
    writeFolder(target, {
      bytes: 0,
      mayReplace: () => false,
      fill(temporary) {
        writeFileSync(join(temporary, 'a'), 'late')
        write('early', false)
      },
    })
  expect(late).toThrow(/already exists/)
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('early')
  expect(readdirSync(join(root, 'models'))).toEqual(['m1'])
})

test('a failing writer leaves only the old folder', () => {
  write('one')
  const failing = () =>
    writeFolder(target, {
      bytes: 0,
      mayReplace: () => true,
      fill(temporary) {
        writeFileSync(join(temporary, 'a'), 'half')
        throw new Error('power')
      },
    })
  expect(failing).toThrow('power')
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('one')
  expect(readdirSync(join(root, 'models'))).toEqual(['m1'])
})

test('an old folder is replaced if that is allowed', () => {
  write('one')
  write('two')
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('two')
  expect(readdirSync(join(root, 'models'))).toEqual(['m1'])
})

test('a folder with other contents is not touched', () => {
  write('one')
  expect(() => write('two', false)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(target) }))
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('one')
})

test('an empty folder may always be filled', () => {
  mkdirSync(target, { recursive: true })
  write('one', false)
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('one')
})

test('leftovers of dead writers are removed, the files of a live one are not', () => {
  const dead = join(root, 'models', 'm1.tmp-999999999-abcd')
  const living = join(root, 'models', `m1.tmp-${process.ppid}-abcd`)
  const others = join(root, 'models', 'm2.tmp-999999999-abcd')
  for (const folder of [dead, living, others]) mkdirSync(folder, { recursive: true })
  write('one')
  expect([dead, living, others].map((folder) => existsSync(folder))).toEqual([false, true, true])
})

test('a full disk is reported before anything is written', () => {
  const huge = () => writeFolder(target, { bytes: 1e18, mayReplace: () => true, fill: () => expect.unreachable() })
  expect(huge).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
})

test('a file as the target is rejected', () => {
  mkdirSync(join(root, 'models'))
  writeFileSync(join(root, 'models', 'm1'), 'text')
  expect(() => write('one')).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
})
