import { describe, expect, test } from 'vitest'
import type { LaurelError } from '../../main/shared/errors.ts'
import { reasons, temporaryFiles } from './temporary-files.ts'

const { content } = temporaryFiles()
const failure = async (text: string | Uint8Array, ending?: string) =>
  (await content(text, ending).catch((error: unknown) => error)) as LaurelError

describe('rows inside a single JSON object', () => {
  test('a list under "data" is read, whatever else the object contains', async () => {
    const { prompts, notes } = await content('{"version": 2, "data": [\n {"prompt": "a"},\n {"prompt": "b"}\n]}', '.json')
    expect(prompts).toEqual(['a', 'b'])
    expect(notes).toEqual(['Rows are read from "data". Not used: "version".'])
  })

  test('the viewer’s rows are read, except those with truncated cells', async () => {
    const rows = [
      { row_idx: 0, row: { prompt: 'a' }, truncated_cells: [] },
      { row_idx: 1, row: { prompt: 'b' }, truncated_cells: ['prompt'] },
    ]
    const imported = await content(JSON.stringify({ features: [{ name: 'prompt' }], rows }), '.json')
    expect(imported.prompts).toEqual(['a'])
    expect(reasons(imported.rejected)).toEqual(['1: truncated by the dataset viewer: "prompt"'])
  })

  test('an invalid row inside costs only that row, reported by line', async () => {
    const imported = await content('{\n "data": [\n {"prompt": "a"},\n {"prompt": b}\n]}', '.json')
    expect(imported.prompts).toEqual(['a'])
    expect(imported.rejected).toMatchObject([{ line: 4, reason: expect.stringMatching(/^not JSON/) }])
  })

  test.each([
    '{\n "name": "x"\n}',
    '{\n "prompt": "a"\n}',
    '{"train": [{"prompt": "a"}], "test": [{"prompt": "b"}]}',
    '{"scores": [1, 2]}',
  ])('%j is rejected as a single JSON object', async (text) =>
    expect((await failure(text, '.json')).message).toMatch(/a single JSON object instead of a list of rows/),
  )

  test('a single line with one conversation is JSON Lines', async () =>
    expect(
      (await content('{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}\n')).instructions,
    ).toHaveLength(1))
})

describe('lists', () => {
  test('a line with a list of messages is a conversation, a line with a list of rows is rows', async () => {
    const chats = await content(
      '[{"role":"user","content":"u"},{"role":"assistant","content":"a"}]\n[{"role":"user","content":"v"},{"role":"assistant","content":"b"}]\n',
    )
    expect(chats.instructions.map(({ response }) => response)).toEqual(['a', 'b'])
    expect((await content('[{"prompt": "a"}, {"prompt": "b"}]\n[{"prompt": "c"}]\n')).prompts).toEqual(['a', 'b', 'c'])
  })

  test('a single list of messages is one conversation', async () =>
    expect((await content('[{"role":"user","content":"u"},\n{"role":"assistant","content":"a"}]', '.json')).instructions).toEqual([
      { line: 1, prompt: 'u', response: 'a' },
    ]))

  test("the file extension doesn't decide the kind of JSON", async () => {
    expect((await content('{"prompt": "a"}\n{"prompt": "b"}\n', '.json')).prompts).toEqual(['a', 'b'])
    expect((await content('[\n{"prompt": "a"}\n]', '.jsonl')).prompts).toEqual(['a'])
    expect((await content('{"prompt": "a"}\n', '.csv')).prompts).toEqual(['a'])
  })
})

test.each(['NaN', 'Infinity', '-Infinity'])('%s, which Python writes for a missing number, counts as missing', async (number) => {
  const note = 'NaN and Infinity, which Python writes for missing numbers, count as missing (1 row).'
  const pair = `{"prompt": "a ${number}", "chosen": "b", "rejected": "c", "score_chosen": ${number}, "score_rejected": 1}`
  for (const [text, ending] of [
    [`${pair}\n{"prompt": "d", "chosen": "\\"${number}", "rejected": "f"}\n`, '.jsonl'],
    [`[\n${pair},\n{"prompt": "d", "chosen": "\\"${number}", "rejected": "f"}]`, '.json'],
  ]) {
    const imported = await content(text, ending)
    expect(imported.preferences).toEqual([
      expect.objectContaining({ prompt: `a ${number}`, chosen: 'b', rejected: 'c', scoreRejected: 1 }),
      expect.objectContaining({ prompt: 'd', chosen: `"${number}` }),
    ])
    expect(imported.preferences[0]).not.toHaveProperty('scoreChosen')
    expect(imported.notes).toContain(note)
  }
})

test('only line feeds end a line', async () => {
  const text = 'a\u2028b\u2029c\u0085d'
  expect((await content(`{"prompt": "${text}"}\r\n\n{"prompt": "e"}`)).prompts).toEqual([text, 'e'])
})

describe('tables', () => {
  test.each([',', ';', '\t', '|'])('reads columns separated by %j', async (separator) => {
    const rows = [
      ['instruction', 'output'],
      ['"a, b; c | d\te"', '1,5'.replace(',', separator === ',' ? '.' : ',')],
    ]
    const imported = await content(rows.map((row) => row.join(separator)).join('\r\n'), '.csv')
    expect(imported.instructions).toMatchObject([{ line: 2, prompt: 'a, b; c | d\te' }])
    expect(imported.rejected).toEqual([])
  })

  test('reads decimal commas in a table with semicolons, and Excel’s separator line', async () => {
    const imported = await content('sep=;\nprompt;chosen;rejected;score_chosen\np;a;b;4,5\n', '.csv')
    expect(imported.preferences).toEqual([{ line: 3, prompt: 'p', chosen: 'a', rejected: 'b', scoreChosen: 4.5 }])
  })

  test('one row of unknown columns is no JSON object', async () =>
    expect((await failure('ask;best\na;b\n', '.csv')).message).toMatch(/:2: unknown row format \(fields: ask, best\)/))

  test('duplicate column names and damaged UTF-8 reject the table', async () => {
    expect((await failure('prompt,prompt\na,b\n', '.csv')).message).toMatch(/two columns are named "prompt"/)
    const damaged = Buffer.concat([Buffer.from('prompt\ncaf\u00e9 \u201cx\u201d \u00fc\n'), Buffer.from([0xe9])])
    expect((await failure(damaged, '.csv')).message).toMatch(/:3: not valid UTF-8, but the rest of the file is/)
  })

  test('rows with too few or too many cells are reported by line; trailing empty cells are ignored', async () => {
    const imported = await content('prompt,completion\na,b\nc\nd,e,f\ng,h,,\n', '.csv')
    expect(imported.instructions.map(({ prompt }) => prompt)).toEqual(['a', 'g'])
    expect(reasons(imported.rejected)).toEqual(['3: 1 cells, but 2 columns', '4: 3 cells, but 2 columns'])
  })

  test('reads a cell of twelve million characters, and classic Mac line endings', async () => {
    expect((await content(`prompt,id\n"${'x'.repeat(12_000_000)}",1\n`, '.csv')).prompts[0]).toHaveLength(12_000_000)
    expect((await content('prompt\ra\rb\r', '.csv')).prompts).toEqual(['a', 'b'])
  })

  test('reads messages and booleans in cells', async () => {
    const messages = JSON.stringify([
      { role: 'user', content: 'u' },
      { role: 'assistant', content: 'v' },
      { role: 'user', content: 'w' },
    ])
    const imported = await content(`prompt,completion,label\n"${messages.replaceAll('"', '""')}",a,True\np,b,False\n`, '.csv')
    expect(imported.instructions).toMatchObject([{ response: 'a', prompt: [{ content: 'u' }, { content: 'v' }, { content: 'w' }] }])
    expect(imported.skipped).toHaveLength(1)
  })
})

test.each([
  ['truncated gzip', [0x1f, 0x8b, 8, 0], 'gzip compression is damaged or truncated'],
  ['a zstd file of another kind', [0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff], 'zstd compression is damaged or truncated'],
  ['truncated Parquet', [...Buffer.from('PAR1')], "couldn't be read as Parquet"],
  ['truncated Arrow', [...Buffer.from('ARROW1')], "couldn't be read as Arrow"],
  ['a workbook', [0x50, 0x4b, 3, 4], 'Excel workbook'],
  ['UTF-16 without a mark', [...Buffer.from('{"prompt": "abc"}', 'utf16le')], 'UTF-16'],
  ['a Git LFS pointer', [...Buffer.from('version https://git-lfs.github.com/spec/v1\n')], 'Git LFS pointer'],
  ['a web page', [...Buffer.from('<!DOCTYPE html><html>')], 'web page'],
])('%s is rejected by name', async (_, bytes, name) => {
  const error = await failure(Uint8Array.from(bytes))
  expect(error.code).toBe('BAD_INPUT')
  expect(error.message).toContain(name)
})
