import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { columnsOf, shapeOf } from '../../main/data/mapped-rows.ts'
import type { DataMapping } from '../../main/shared/data-mapping.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-mapped-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(mapping: DataMapping, ...rows: object[]) {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'))
  return importFile(path, { mapping })
}

test('columns become a prompt, a response, and a system message; fields of objects are columns too', async () => {
  const mapping = { kind: 'instructions', columns: { prompt: 'q.text', response: 'a', system: 'rule' } } as const
  const { instructions, notes } = await read(mapping, { q: { text: 'Why?', lang: 'en' }, a: 'So.', rule: 'Be brief.', id: 7 })
  expect(instructions).toMatchObject([
    {
      prompt: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Why?' },
      ],
      response: 'So.',
    },
  ])
  expect(notes).toEqual(['The field "column id" isn\'t used (1 row).'])
})

test('columns become preference pairs', async () => {
  const mapping = { kind: 'preferences', columns: { prompt: 'p', chosen: 'good', rejected: 'bad' } } as const
  expect((await read(mapping, { p: 'Q', good: 'A', bad: 'B' })).preferences).toMatchObject([{ prompt: 'Q', chosen: 'A', rejected: 'B' }])
})

test.each([
  ['lowest', ['two', 'one']],
  ['highest', ['one', 'two']],
] as const)('a rank of which the %s is the best becomes a place from 0', async (best, order) => {
  const mapping: DataMapping = { kind: 'ranked', columns: { prompt: 'p', answer: 'a', rank: 'score' }, best }
  const { ranked } = await read(mapping, { p: 'Q', a: 'one', score: 9.5 }, { p: 'Q', a: 'two', score: '3,5' })
  expect(ranked[0].answers.map(({ text, rank }) => [text, rank])).toEqual(order.map((text, rank) => [text, rank]))
})

test('a row without the column, or with another type, is listed with its reason', async () => {
  const mapping = { kind: 'prompts', columns: { prompt: 'p' } } as const
  const { prompts, rejected } = await read(mapping, { p: 'One' }, { q: 'Two' }, { p: 3 })
  expect(prompts).toEqual(['One'])
  expect(rejected.map(({ line }) => line)).toEqual([2, 3])
})

test('files have the same shape if they have the same columns in any order', () => {
  const shape = (...rows: object[]) => shapeOf(columnsOf(rows.map((value, i) => ({ line: i + 1, value }))))
  expect(shape({ a: 1, b: { c: 'x' } })).toBe(shape({ b: { c: 'y' }, a: 2 }))
  expect(shape({ a: 1 })).not.toBe(shape({ a: 1, b: 2 }))
})
