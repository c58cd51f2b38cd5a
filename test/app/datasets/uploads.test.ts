import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Uploads, uploads as uploadsOf } from '../../../main/app/datasets/uploads.ts'
import { largestUpload } from '../../../main/shared/contract/datasets-contract.ts'

let home: string
let uploads: Uploads
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-uploads-'))
  uploads = uploadsOf(home)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const files = (): string[] => (existsSync(join(home, 'uploads')) ? readdirSync(join(home, 'uploads'), { recursive: true }).map(String) : [])

describe('an upload', () => {
  test('arrives in pieces; one that arrives twice, whole or in part, changes nothing', () => {
    const { id } = uploads.begin({ name: 'rows.jsonl', bytes: 10 })
    expect(uploads.piece({ id, at: 0, content: base64('0123') })).toEqual({ received: 4 })
    expect(uploads.piece({ id, at: 0, content: base64('0123') })).toEqual({ received: 4 })
    expect(uploads.piece({ id, at: 2, content: base64('2345') })).toEqual({ received: 6 })
    expect(uploads.piece({ id, at: 6, content: base64('6789') })).toEqual({ received: 10 })
    const { path, name } = uploads.file(id)
    expect({ name, content: readFileSync(path, 'utf8') }).toEqual({ name: 'rows.jsonl', content: '0123456789' })
  })

  test('must have no gaps and may not exceed its declared size', () => {
    const { id } = uploads.begin({ name: 'rows.jsonl', bytes: 4 })
    expect(() => uploads.piece({ id, at: 1, content: base64('x') })).toThrow(/missing/)
    expect(() => uploads.piece({ id, at: 0, content: base64('12345') })).toThrow(/larger than declared/)
    expect(uploads.piece({ id, at: 0, content: base64('1') })).toEqual({ received: 1 })
  })

  test('is unusable until it is complete', () => {
    const { id } = uploads.begin({ name: 'rows.jsonl', bytes: 4 })
    uploads.piece({ id, at: 0, content: base64('12') })
    expect(() => uploads.file(id)).toThrow(/incomplete/)
  })

  test('rejects a piece that is not base64 instead of treating it as empty', () => {
    const { id } = uploads.begin({ name: 'rows.jsonl', bytes: 4 })
    expect(() => uploads.piece({ id, at: 0, content: '%%%%' })).toThrow(/damaged/)
    expect(uploads.piece({ id, at: 0, content: base64('1234') })).toEqual({ received: 4 })
  })

  test('is one of sixteen at most: of five thousand started ones, the newest remain, and no more files', () => {
    const started = Array.from({ length: 5000 }, () => uploads.begin({ name: 'rows.jsonl', bytes: 4 }).id)
    expect(files().filter((name) => name.endsWith('.jsonl')).length).toBe(16)
    expect(() => uploads.piece({ id: started[0], at: 0, content: base64('1234') })).toThrow(/expired/)
    expect(uploads.piece({ id: started[4999], at: 0, content: base64('1234') })).toEqual({ received: 4 })
  })

  test('is rejected if it is larger than the limit', () => {
    expect(() => uploads.begin({ name: 'big.jsonl', bytes: largestUpload + 1 })).toThrow(/must not exceed 200 MB/)
    expect(files()).toEqual([])
  })

  test('is in the data folder, whatever its name contains', () => {
    const { id } = uploads.begin({ name: '../../outside.csv', bytes: 0 })
    const { path, name } = uploads.file(id)
    expect(name).toBe('outside.csv')
    expect(path.startsWith(join(home, 'uploads'))).toBe(true)
    expect(path.endsWith('.csv')).toBe(true)
  })

  test('is deleted once it is dropped, and a dead process’s uploads are deleted at the next start', () => {
    const { id } = uploads.begin({ name: 'rows.jsonl', bytes: 10 })
    uploads.piece({ id, at: 0, content: base64('0123') })
    uploads.drop(id)
    expect(() => uploads.piece({ id, at: 4, content: base64('4') })).toThrow(/expired/)
    const dead = join(home, 'uploads', '999999999')
    mkdirSync(dead, { recursive: true })
    writeFileSync(join(dead, 'part'), 'x')
    uploadsOf(home)
    expect(files().filter((name) => name.startsWith('999999999'))).toEqual([])
  })
})
