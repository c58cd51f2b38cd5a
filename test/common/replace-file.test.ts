import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { openReplacement, replaceFile } from '../../main/common/replace-file.ts'
import { writeFolder } from '../../main/common/write-folder.ts'
import { needing, posix } from '../support/needs.ts'

const { test: onPosix } = needing(posix)

/** The file-system call that fails next, and its error. */
const fault = vi.hoisted(() => ({ call: '', code: '', after: 0, times: Number.POSITIVE_INFINITY }))

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  const failing = <Call extends (...args: never[]) => unknown>(name: string, call: Call): Call =>
    ((...args: never[]) => {
      if (fault.call === name && fault.after-- <= 0 && fault.times-- > 0) {
        throw Object.assign(new Error(`${fault.code}: made to fail, ${name}`), { code: fault.code, syscall: name })
      }
      return call(...args)
    }) as Call
  return {
    ...fs,
    openSync: failing('openSync', fs.openSync),
    writeSync: failing('writeSync', fs.writeSync),
    fsyncSync: failing('fsyncSync', fs.fsyncSync),
    renameSync: failing('renameSync', fs.renameSync),
    mkdirSync: failing('mkdirSync', fs.mkdirSync),
  }
})

const root = mkdtempSync(join(tmpdir(), 'laurel-replace-'))
const folder = join(root, 'place')
const file = join(folder, 'scores.jsonl')
beforeEach(() => {
  fault.call = ''
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const fails = (call: string, code: string, { after = 0, times = Number.POSITIVE_INFINITY } = {}): void =>
  void Object.assign(fault, { call, code, after, times })

describe('a file', () => {
  test('appears complete, even through a link', () => {
    writeFileSync(file, 'old')
    symlinkSync(file, join(folder, 'link'))
    replaceFile(join(folder, 'link'), 'new')
    expect(readFileSync(file, 'utf8')).toBe('new')
    expect(readdirSync(folder).sort()).toEqual(['link', 'scores.jsonl'])
  })

  const kinds = [
    ['writeSync', 'ENOSPC', 'DISK_FULL'],
    ['writeSync', 'EDQUOT', 'DISK_FULL'],
    ['writeSync', 'Unknown system error -122', 'DISK_FULL'], // Node's name for EDQUOT
    ['writeSync', 'EIO', 'DISK_FAILED'],
    ['fsyncSync', 'EIO', 'DISK_FAILED'],
    ['renameSync', 'EIO', 'DISK_FAILED'],
    ['renameSync', 'ENOSPC', 'DISK_FULL'],
    ['openSync', 'EACCES', 'BAD_INPUT'],
    ['openSync', 'EMFILE', 'BUSY'],
    ['openSync', 'ENOSPC', 'DISK_FULL'],
    ['openSync', 'EROFS', 'BAD_INPUT'],
  ] as const

  onPosix('can be one that only this user may read, also where a readable one was', () => {
    writeFileSync(file, 'old', { mode: 0o644 })
    replaceFile(file, 'secret', { mode: 0o600 })
    expect(readFileSync(file, 'utf8')).toBe('secret')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test.each(kinds)('leaves nothing behind when %s fails with %s, and the error names the file', (call, code, kind) => {
    fails(call, code)
    expect(() => replaceFile(file, 'text')).toThrow(expect.objectContaining({ code: kind, message: expect.stringContaining(file) }))
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(kinds)('keeps its previous content when %s fails with %s', (call, code) => {
    writeFileSync(file, 'old')
    fails(call, code)
    expect(() => replaceFile(file, 'text')).toThrow()
    fault.call = ''
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['scores.jsonl'])
  })

  test('leaves nothing behind and closes its descriptor when the disk fills up in the middle of many rows', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => ({ row, text: 'x'.repeat(60) }))
    fails('writeSync', 'ENOSPC', { after: 3 })
    expect(() => writeJsonLines(file, rows)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
    expect(readdirSync(folder)).toEqual([])
  })

  test('can be discarded after a failure without another error', () => {
    const replacement = openReplacement(file)
    replacement.write('text')
    fails('writeSync', 'ENOSPC')
    expect(() => replacement.commit()).toThrow()
    replacement.discard()
    expect(existsSync(file)).toBe(false)
  })

  test('removes the leftovers of a killed writer of the same file', () => {
    writeFileSync(join(folder, 'scores.jsonl.tmp-999999999-0123abcd'), 'half')
    writeFileSync(join(folder, 'scores.jsonl.tmp-notes'), 'the user’s own')
    replaceFile(file, 'text')
    expect(readdirSync(folder).sort()).toEqual(['scores.jsonl', 'scores.jsonl.tmp-notes'])
  })
})

describe('a folder', () => {
  const write = (text: string): void =>
    writeFolder(folder, { bytes: 10, mayReplace: () => true, fill: (temporary) => writeFileSync(join(temporary, 'a'), text) })

  test.each([
    ['fsyncSync', 'EIO', 'DISK_FAILED'],
    ['renameSync', 'ENOSPC', 'DISK_FULL'],
    ['mkdirSync', 'EDQUOT', 'DISK_FULL'],
  ])('stays unchanged when %s fails with %s', (call, code, kind) => {
    write('one')
    fails(call, code)
    expect(() => write('two')).toThrow(expect.objectContaining({ code: kind, message: expect.stringContaining(folder) }))
    fault.call = ''
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one')
    expect(readdirSync(root)).toEqual(['place'])
  })

  test('gets its old content back when the new one cannot be moved into place', () => {
    write('one')
    fails('renameSync', 'EIO', { after: 1, times: 1 })
    expect(() => write('two')).toThrow()
    fault.call = ''
    expect(readdirSync(root)).toEqual(['place'])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one')
  })
})

describe('standard output', () => {
  const writer = `import { replaceFile } from ${JSON.stringify(new URL('../../main/common/replace-file.ts', import.meta.url).href)}
replaceFile(process.argv[1], 'result\\n')`
  const shell = (script: string, name: string): string => {
    execFileSync('sh', ['-c', script, 'sh', process.execPath, writer, name, file])
    return readFileSync(file, 'utf8')
  }
  const command = '"$1" --input-type=module --eval "$2" -- "$3"'

  test.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('%s keeps what the shell writes before and after', (name) => {
    writeFileSync(file, 'old\n')
    expect(shell(`{ echo heading; ${command}; ${command}; echo end; } >> "$4"`, name)).toBe('old\nheading\nresult\nresult\nend\n')
    expect(shell(`{ echo heading; ${command}; ${command}; echo end; } > "$4"`, name)).toBe('heading\nresult\nresult\nend\n')
    expect(shell(`{ echo heading; ${command}; echo end; } | cat > "$4"`, name)).toBe('heading\nresult\nend\n')
  })

  test('a named pipe is written directly', () => {
    expect(shell(`mkfifo "$4.pipe"; cat "$4.pipe" > "$4" & "$1" --input-type=module --eval "$2" -- "$4.pipe"; wait`, '')).toBe('result\n')
  })
})
