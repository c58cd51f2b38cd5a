import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { detectFormat } from '../../main/data/detect-format.ts'
import { importFile } from '../../main/data/import-file.ts'
import { demonstrationsOf, promptsOf } from '../../main/data/imported.ts'
import { dataFormat } from '../../main/shared/enums.ts'
import type { LaurelError } from '../../main/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.data`)
  writeFileSync(path, content)
  return path
}
const importText = (content: string | Uint8Array) => importFile(fileOf(content))
const failure = async (path: string) => (await importFile(path).catch((error: unknown) => error)) as LaurelError

describe('the format is detected from the content', () => {
  const examples = [
    ['oasst-trees', { message_tree_id: 'x', prompt: { text: 'a', replies: [] } }],
    ['oasst-messages', { message_id: 'x', parent_id: null, text: 'a', role: 'prompter' }],
    ['ranked-answers', { question: 'q', answer: 'a', rank: 0 }],
    ['rated-answers', { prompt: 'a', response: 'b', helpfulness: 1 }],
    ['comparisons', { prompt: 'a', response_0: 'b', response_1: 'c', better_response_id: 0 }],
    ['alpaca', { instruction: 'a', input: '', output: 'b' }],
    ['chat', { conversations: [] }],
    ['chat', { messages: [] }],
    ['self-instruct-seeds', { instruction: 'a', instances: [] }],
    ['prompt-completion', { prompt: 'a', completion: 'b' }],
    ['preferences', { prompt: 'a', chosen: 'b', rejected: 'c' }],
    ['llama-factory-preferences', { conversations: [], chosen: {}, rejected: {} }],
    ['argilla', { fields: {}, responses: {} }],
    ['label-studio', { data: {}, annotations: [] }],
    ['stepwise', { prompt: 'a', completions: ['b'], labels: [true] }],
    ['plain', { prompt: 'a' }],
    ['plain', { text: 'a' }],
    ['plain', { instruction: 'a', response: 'b' }],
  ] as const
  test.each(examples)('%s: %j', (format, value) => expect(detectFormat([{ line: 1, value }])).toBe(format))

  test('every format is among these', () => {
    expect(new Set(examples.map(([format]) => format))).toEqual(new Set(dataFormat.options))
  })

  test("the majority of rows decides, so a few bad ones don't matter", () => {
    const good = { question: 'q', answer: 'a', rank: 0 }
    expect(detectFormat([{ prompt: 'a' }, good, 'text', good].map((value, i) => ({ line: i + 1, value })))).toBe('ranked-answers')
  })

  test('rows in an unknown format have none', () => expect(detectFormat([{ line: 1, value: { score: 1 } }])).toBeUndefined())
})

describe('JSON Lines', () => {
  test('accepts a byte-order mark, CRLF, and blank lines, and counts lines as an editor does', async () => {
    const imported = await importText('\ufeff{"prompt": "a"}\r\n\r\n{"prompt": "b"}\r\n{"prompt": ""}\r\n')
    expect(imported.prompts).toEqual(['a', 'b'])
    expect(imported.rejected).toEqual([{ line: 4, reason: '"prompt" is empty' }])
  })

  test("a line that isn't JSON and a line that isn't UTF-8 cost one row each", async () => {
    const latin1 = Buffer.from('{"prompt": "caf\u00e9"}\n', 'latin1')
    const imported = await importText(
      Buffer.concat([Buffer.from('{"prompt": "a"}\n{"prompt": \n'), latin1, Buffer.from('{"other": 1}\n{"prompt": "caf\u00e9"}')]),
    )
    expect(imported.prompts).toEqual(['a', 'caf\u00e9'])
    expect(imported.rejected.map(({ line }) => line)).toEqual([2, 3, 4])
    expect(imported.rejected[0].reason).toMatch(/^not JSON/)
    expect(imported.rejected[1].reason).toBe('not valid UTF-8')
  })

  test('reads a row of twenty million characters', async () => {
    const imported = await importText(`{"prompt": "a"}\n{"prompt": "${'x'.repeat(20_000_000)}"}\n`)
    expect(imported.prompts[1]).toHaveLength(20_000_000)
  })

  test('a row in another format is rejected', async () => {
    const imported = await importText('{"question":"q","answer":"a","rank":0}\n{"prompt":"x"}\n{"question":"q","answer":"b","rank":1}\n')
    expect(imported.format).toBe('ranked-answers')
    expect(imported.rejected).toEqual([{ line: 2, reason: '"question" is missing' }])
  })
})

describe('a JSON array', () => {
  test('rows are reported by the line they start on', async () => {
    const imported = await importText(
      '\ufeff[\r\n  {\r\n    "instruction": "a [b], {c} \\" d",\r\n    "output": "e"\r\n  },\r\n  {"instruction": "", "output": "f"},\r\n  {"instruction": "g",\r\n   "output": "h"}\r\n]\r\n',
    )
    expect(imported.instructions).toEqual([
      { line: 2, prompt: 'a [b], {c} " d', response: 'e' },
      { line: 7, prompt: 'g', response: 'h' },
    ])
    expect(imported.rejected).toEqual([{ line: 6, reason: '"instruction" is empty' }])
  })

  test("an entry that isn't JSON or UTF-8 costs one row", async () => {
    const imported = await importText(
      Buffer.concat([
        Buffer.from('[{"prompt": "a"},\n{"prompt": b},\n{"prompt": "'),
        Buffer.from([0xe9]),
        Buffer.from('"},\n,\n{"prompt": "c"}]'),
      ]),
    )
    expect(imported.prompts).toEqual(['a', 'c'])
    expect(imported.rejected.map(({ line }) => line)).toEqual([2, 3, 4])
    expect(imported.rejected[0].reason).toMatch(/^not JSON/)
    expect(imported.rejected.slice(1).map(({ reason }) => reason)).toEqual(['not valid UTF-8', 'empty entry between two commas'])
  })

  test('a truncated file keeps the rows before the cut', async () => {
    const imported = await importText('[\n{"prompt": "a"},\n{"prompt": "b')
    expect(imported.prompts).toEqual(['a'])
    expect(imported.rejected).toEqual([
      { line: 3, reason: 'the file ends inside this entry: it is truncated, or a quotation mark or bracket is missing' },
    ])
  })

  test('text after the array is reported', async () => {
    const imported = await importText('[\n{"prompt": "a"}]\nmore')
    expect(imported.prompts).toEqual(['a'])
    expect(imported.rejected).toEqual([{ line: 2, reason: 'there is more text after the end of the array' }])
  })

  test('it parses like JSON.parse', async () => {
    const values = Array.from({ length: 50 }, (_, i) => ({
      prompt: `p${i} ${'\\"[]{},\n\u00e9\ud83d\ude00'.slice(i % 9)}`,
      nested: [{ a: [i, ['x,y']] }, []],
    }))
    for (const space of [undefined, 2])
      expect((await importText(JSON.stringify(values, null, space))).prompts).toEqual(values.map((value) => value.prompt))
  })
})

describe("a file that can't be read as a whole says why", () => {
  const cases = [
    ['nothing', '', /the file is empty/],
    ['an empty array', '[]', /the file is empty/],
    ['no JSON', 'hello\nworld\n', /:1: not JSON .*none of the file's rows can be read/],
    ['an unknown format', '{"score": 1}\n{"score": 2}\n', /:1: unknown row format \(fields: score\)/],
    ['one object', '{\n  "leader": "A",\n  "scores": [1, 2]\n}\n', /a single JSON object instead of a list of rows/],
    ['one object on one line', '{"score": 1}\n', /a single JSON object instead of a list of rows/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /gzip compression is damaged/],
    ['Parquet', Buffer.from('PAR1....'), /couldn't be read as Parquet/],
    ['UTF-16', Buffer.from('\ufeff{"prompt": "a"}', 'utf16le'), /UTF-16/],
  ] as const
  test.each(cases)('%s', async (_, content, message) => {
    const error = await failure(fileOf(content))
    expect(error.code).toBe('BAD_INPUT')
    expect(error.message).toMatch(message)
    expect(error.remedy).not.toBe('')
  })

  test('rejects a missing file and a folder', async () => {
    expect((await failure(join(folder, 'none'))).code).toBe('NOT_FOUND')
    expect((await failure(folder)).code).toBe('BAD_INPUT')
  })
})

test('a given format is used, whatever the content looks like', async () => {
  const path = fileOf('{"instruction": "a", "output": "b", "response": "c"}\n')
  expect((await importFile(path)).format).toBe('alpaca')
  expect((await importFile(path, { format: 'plain' })).instructions).toEqual([{ line: 1, prompt: 'a', response: 'c' }])
})

test('prompts are distinct; demonstrations are bare tasks without classification', async () => {
  const seeds = [
    {
      instruction: 'Sort.',
      instances: [
        { input: '2 1', output: '1 2' },
        { input: '4 3', output: '3 4' },
      ],
      is_classification: false,
    },
    { instruction: 'Red?', instances: [{ input: 'sky', output: 'no' }], is_classification: true },
  ]
  const imported = await importText(seeds.map((seed) => JSON.stringify(seed)).join('\n'))
  expect(promptsOf(imported)).toEqual(['Sort.\n\n2 1', 'Sort.\n\n4 3', 'Red?\n\nsky'])
  expect(demonstrationsOf(imported)).toEqual(['Sort.'])
  expect(promptsOf(await importText('{"prompt": "a  b"}\n{"prompt": "a b "}\n{"prompt": "c"}\n'))).toEqual(['a  b', 'c'])
})
