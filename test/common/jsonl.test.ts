import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLinesWriter, readJsonLines, readJsonLinesLeniently, writeJsonLines } from '../../main/common/jsonl.ts'

let folder: string
const file = (name: string) => join(folder, name)
const write = (name: string, content: string | Buffer): string => {
  writeFileSync(file(name), content)
  return file(name)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-jsonl-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('reading JSON Lines', () => {
  it('keeps the line number of each row, past blank lines, CRLF and a byte-order mark', () => {
    const path = write('good.jsonl', '\uFEFF{"a":1}\r\n\n  \n[2]\n"three"')
    expect(readJsonLines(path)).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 4, value: [2] },
      { line: 5, value: 'three' },
    ])
  })

  it('names the file and line of the first bad row', () => {
    const path = write('bad.jsonl', '{"a":1}\n{"a":\n')
    expect(() => readJsonLines(path)).toThrow(/bad\.jsonl:2: not JSON/)
  })

  it('keeps the good rows and reports each bad one in lenient mode', () => {
    const path = write('mixed.jsonl', Buffer.concat([Buffer.from('1\nNaN\n'), Buffer.from([0x22, 0xff, 0x22]), Buffer.from('\n2\n')]))
    const { rows, bad } = readJsonLinesLeniently(path)
    expect(rows).toEqual([
      { line: 1, value: 1 },
      { line: 4, value: 2 },
    ])
    expect(bad.map((b) => b.line)).toEqual([2, 3])
    expect(bad[1].reason).toBe('not valid UTF-8')
  })

  it('reads rows that cross chunk boundaries', () => {
    const rows = Array.from({ length: 5 }, (_, i) => ({ text: 'ä'.repeat(700_000 + i) }))
    writeJsonLines(file('long.jsonl'), rows)
    expect(readJsonLines(file('long.jsonl')).map((r) => r.value)).toEqual(rows)
  })

  it('reports a missing file', () => {
    expect(() => readJsonLines(file('missing.jsonl'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(() => readJsonLines(folder)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})

describe('writing JSON Lines', () => {
  it('round-trips any rows', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 })), (rows) => {
        const plain = JSON.parse(JSON.stringify(rows)) // -0 is 0 in JSON
        expect(writeJsonLines(file('any.jsonl'), rows)).toBe(rows.length)
        expect(readJsonLines(file('any.jsonl')).map((r) => r.value)).toEqual(plain)
      }),
      { seed: 1, numRuns: 50 },
    )
  })

  it('keeps only the old file when producing a row fails', () => {
    writeJsonLines(file('kept/old.jsonl'), [1])
    const failing = function* () {
      yield 2
      throw new Error('no more')
    }
    expect(() => writeJsonLines(file('kept/old.jsonl'), failing())).toThrow('no more')
    expect(readFileSync(file('kept/old.jsonl'), 'utf8')).toBe('1\n')
    expect(readdirSync(file('kept'))).toEqual(['old.jsonl'])
  })

  it('shows the file under its name only once it is complete', () => {
    const writer = jsonLinesWriter(file('slow/rows.jsonl'))
    writer.write({ n: 1 })
    expect(readdirSync(file('slow'))).not.toContain('rows.jsonl')
    writer.close()
    expect(readdirSync(file('slow'))).toEqual(['rows.jsonl'])
  })

  it('writes directly to a path that is not a regular file', () => {
    expect(writeJsonLines('/dev/null', [1, 2])).toBe(2)
  })

  it('replaces the target of a link, not the link', () => {
    writeJsonLines(file('real.jsonl'), [1])
    symlinkSync(file('real.jsonl'), file('link.jsonl'))
    writeJsonLines(file('link.jsonl'), [2])
    expect(readFileSync(file('real.jsonl'), 'utf8')).toBe('2\n')
    expect(lstatSync(file('link.jsonl')).isSymbolicLink()).toBe(true)
  })

  it('rejects a folder as its target', () => {
    expect(() => writeJsonLines(folder, [1])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})
