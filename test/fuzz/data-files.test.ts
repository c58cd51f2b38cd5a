import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { type Imported, normalizedRows } from '../../main/data/imported.ts'
import { readCsvRows } from '../../main/data/sources/csv-rows.ts'
import { dataFormat } from '../../main/shared/enums.ts'
import { toErrorValue } from '../../main/shared/errors.ts'
import { temporaryFiles } from '../data/temporary-files.ts'
import { fuzz, fuzzTimeout } from '../support/fuzz.ts'

const { write } = temporaryFiles()

/** A row in each supported format. */
const samples: readonly Record<string, unknown>[] = [
  {
    message_tree_id: 't',
    prompt: { text: 'p', role: 'prompter', lang: 'en', replies: [{ text: 'a', role: 'assistant', lang: 'en', rank: 0 }] },
  },
  { message_id: 'm', parent_id: null, text: 'p', role: 'prompter', lang: 'en', rank: null },
  { question: 'q', answer: 'a', rank: 0 },
  { instruction: 'i', completions: [{ response: 'a', overall_score: 3 }] },
  { prompt: 'p', response: 'a', helpfulness: 2 },
  { instruction: 'i', input: 'x', output: 'o', system: 's', history: [['u', 'v']] },
  {
    messages: [
      { role: 'system', content: '' },
      { role: 'user', content: [{ type: 'text', text: 'u' }] },
      { role: 'assistant', content: 'a', weight: 1 },
    ],
  },
  {
    conversations: [
      { from: 'human', value: 'u' },
      { from: 'gpt', value: 'a' },
    ],
    kto_tag: true,
  },
  { instruction: 'i', instances: [{ input: 'x', output: 'o' }], is_classification: false },
  { prompt: 'p', completion: 'c', label: true, weights: [1] },
  { prompt: 'p', chosen: 'a', rejected: 'b', score_chosen: 1, score_rejected: 0 },
  { chosen: '\n\nHuman: u\n\nAssistant: a', rejected: '\n\nHuman: u\n\nAssistant: b' },
  { conversations: [{ from: 'human', value: 'u' }], chosen: { from: 'gpt', value: 'a' }, rejected: { from: 'gpt', value: 'b' } },
  { history: 'p', human_ref_A: 'a', human_ref_B: 'b', labels: 1 },
  { id: '1', fields: { prompt: 'p', response_a: 'a', response_b: 'b' }, responses: { better: [{ value: 'response_a' }] }, suggestions: {} },
  { data: { prompt: 'p', answer1: 'a', answer2: 'b' }, annotations: [{ result: [{ from_name: 'x', value: { selected: 'left' } }] }] },
  { prompt: 'p', completions: ['a', 'b'], labels: [true, true] },
  { instruction: 'i', output_1: 'a', output_2: 'b', preference: 1.2 },
  { text: '<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n' },
  { prompt: 'p' },
  { text: '### Human: u### Assistant: a' },
  { turns: ['a', 'b'] },
]
const names = [...new Set(samples.flatMap(Object.keys))]

/** Unexpected values for fields. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    0,
    1,
    -1,
    Number.MAX_VALUE,
    true,
    false,
    [],
    {},
    '\ud83d',
    '\u0000',
    '\u2028',
    'false',
    '__proto__',
  ),
  fc.string(),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(...samples.flatMap((sample) => Object.values(sample))),
)

/** A sample with some fields changed, removed, or added. */
const row = fc
  .tuple(fc.constantFrom(...samples), fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 3 }), fc.subarray(names, { maxLength: 2 }))
  .map(([sample, changes, without]) =>
    Object.fromEntries(Object.entries({ ...sample, ...changes }).filter(([name]) => !without.includes(name))),
  )

/** Rows that mostly share one format. */
const rows = fc
  .tuple(fc.constantFrom(...samples), fc.array(fc.oneof({ weight: 3, arbitrary: row }, odd), { maxLength: 8 }))
  .map(([sample, others]) => [sample, sample, ...others].filter((one) => !Array.isArray(one)))

/** A file's rows, or the error code. */
const outcome = (path: string): Promise<Imported | string> => importFile(path).catch((error: unknown) => toErrorValue(error).code)

const isSound = (found: Imported | string): boolean => typeof found !== 'string' || found === 'BAD_INPUT'

/** Bytes that are almost a valid file: with insertions, deletions, and truncations. */
const damaged = fc
  .tuple(
    fc.oneof(
      rows.map((list) => list.map((one) => JSON.stringify(one)).join('\n')),
      rows.map((list) => JSON.stringify(list, null, 1)),
      rows.map((list) => JSON.stringify({ data: list })),
      fc.array(fc.array(fc.string(), { minLength: 1 })).map((table) => table.map((cells) => cells.join(',')).join('\n')),
    ),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.oneof(
          fc.uint8Array({ maxLength: 4 }),
          fc.constantFrom(...['"', ',', '\n', '[', '}', '\ufeff', 'NaN'].map((text) => Buffer.from(text))),
        ),
      ),
      { maxLength: 4 },
    ),
    fc.nat(),
  )
  .map(([text, pieces, end]) => {
    let bytes = Buffer.from(text)
    for (const [at, piece] of pieces)
      bytes = Buffer.concat([bytes.subarray(0, at % (bytes.length + 1)), piece, bytes.subarray((at % (bytes.length + 1)) + (at % 3))])
    return end % 4 === 0 ? bytes.subarray(0, end % (bytes.length + 1)) : bytes
  })

const endings = fc.constantFrom('.jsonl', '.json', '.csv', '.tsv', '')

describe('any file is read or rejected', () => {
  test(
    'any bytes',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), endings, async (bytes, ending) => isSound(await outcome(write(bytes, ending)))),
        fuzz(150),
      )
    },
    fuzzTimeout,
  )

  test(
    'damaged files',
    async () => {
      await fc.assert(
        fc.asyncProperty(damaged, endings, async (bytes, ending) => isSound(await outcome(write(bytes, ending)))),
        fuzz(500),
      )
    },
    fuzzTimeout,
  )

  test(
    'any text as a table: each row is read or reported',
    () => {
      fc.assert(
        fc.property(fc.stringMatching(/^[ab"',;\t\r\n=|]*$/), fc.constantFrom(',' as const, '\t' as const), (text, separator) => {
          const { rows: good, bad } = readCsvRows(text, separator)
          return good.length + bad.length <= text.split(/[\r\n]/).length
        }),
        fuzz(1000),
      )
    },
    fuzzTimeout,
  )
})

test(
  'every row is used or left out with its line, whatever the given format',
  async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.option(fc.constantFrom(...dataFormat.options), { nil: undefined }), async (list, format) => {
        const path = write(list.map((one) => `${JSON.stringify(one)}\n`).join(''))
        const imported = await importFile(path, format === undefined ? {} : { format }).catch((error: unknown) => toErrorValue(error).code)
        if (typeof imported === 'string') return expect(imported).toBe('BAD_INPUT')
        const { instructions, preferences, ranked, prompts, rejected, skipped } = imported
        const lines = new Set(
          [...instructions, ...preferences, ...ranked.flatMap(({ answers }) => answers), ...rejected, ...skipped].map(({ line }) => line),
        )
        // Prompts have no line, and in OASST messages the rows of prompts differ from those of answers.
        const further = imported.format === 'oasst-messages' ? list.length - lines.size : prompts.length
        expect(lines.size + further).toBe(list.length)
        expect([...rejected, ...skipped].every(({ reason }) => reason !== '')).toBe(true)
      }),
      fuzz(600),
    )
  },
  fuzzTimeout,
)

/** A file's contents without line numbers. */
const content = ({ instructions, preferences, ranked, prompts }: Imported) =>
  JSON.stringify({ instructions, preferences, ranked, prompts }, (key, value: unknown) => (key === 'line' ? undefined : value))

test(
  'Laurel’s own copy has the same contents',
  async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const first = await outcome(write(list.map((one) => `${JSON.stringify(one)}\n`).join('')))
        if (typeof first === 'string') return
        const copy = [...normalizedRows(first)]
        if (copy.length === 0) return
        const again = await importFile(write(copy.map((one) => `${JSON.stringify(one)}\n`).join('')))
        expect(content(again)).toBe(content(first))
        expect([
          ...again.rejected,
          ...again.skipped,
          ...again.notes.filter((note) => !/^No answer has the best rank|the chosen response has the lower score/.test(note)),
        ]).toEqual([])
      }),
      fuzz(600),
    )
  },
  fuzzTimeout,
)
