import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { convertFile } from '../../main/data/convert-file.ts'
import { importFile } from '../../main/data/import-file.ts'
import type { Imported } from '../../main/data/imported.ts'
import type { ExportForm } from '../../main/shared/contract/export-contract.ts'
import type { LaurelError } from '../../main/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-convert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function fileOf(...rows: readonly object[]): string {
  const path = join(folder, `source-${files++}.jsonl`)
  writeJsonLines(path, rows)
  return path
}
const outputOf = (ending: string): string => join(folder, `output-${files++}.${ending}`)

/** A file's contents without line numbers. */
const withoutLines = ({ instructions, ranked, preferences, prompts, unwanted = [], requirements }: Imported): unknown =>
  JSON.parse(
    JSON.stringify({ instructions, ranked, preferences, prompts, unwanted, requirements: [...(requirements ?? [])] }, (key, value) =>
      key === 'line' ? undefined : value,
    ),
  )

const user = (content: string) => ({ role: 'user', content })
const assistant = (content: string) => ({ role: 'assistant', content })
const odd = 'Zeile 1\r\n"zwei", =3; \u2028 ünï 👩‍🚀\n\n  - vier '

const provenance = {
  ...{
    judge: 'M1, additive',
    override: 'swap',
    run: 'r-1',
    iteration: 2,
    model: 'M1',
    prompt_number: 7,
    decision: 'swap',
    reviewer: 'Ada',
    review_reasons: ['correctness', 'length'],
    review_comment: odd,
    review_note: odd,
  },
  judgements_chosen: [
    { score: 4.5, text: 'Score: 4.5' },
    { score: null, text: 'unreadable' },
  ],
  judgements_rejected: [{ score: 1, text: odd }],
}

const sources = {
  pairs: [
    { prompt: 'p', chosen: odd, rejected: 'b', score_chosen: 4, score_rejected: 1.25, ...provenance },
    { prompt: odd, chosen: 'c', rejected: 'd', override: null, judge: 'M1, additive' },
    { prompt: 'answered with nothing', chosen: 'e', rejected: '', judge: 'M1, additive' },
  ],
  'pairs in conversations': [
    { prompt: [{ role: 'system', content: 's' }, user('a'), assistant('b'), user('c')], chosen: 'd', rejected: 'e' },
    { prompt: 'single', chosen: 'f', rejected: 'g' },
  ],
  examples: [
    { prompt: 'p', completion: odd },
    { prompt: odd, completion: 'r' },
  ],
  'examples in conversations': [
    { prompt: [user('a'), assistant('b'), user('c')], completion: 'd' },
    { prompt: 'p', completion: 'r' },
  ],
  'examples of a judge': [
    { prompt: 'p', completion: 'Score: 3', weights: [0.5, 1], task: 't', classification: false },
    { prompt: 'q', completion: 'Score: 4', weights: [1, 1], task: 'u', classification: true },
  ],
  'labeled responses': [
    { prompt: 'p', completion: 'good', label: true },
    { prompt: 'p', completion: 'bad', label: false },
    { prompt: 'q', completion: 'worse', label: false },
  ],
  'ranked answers': [
    { question: 'q', answer: 'a', rank: 0 },
    { question: 'q', answer: odd, rank: 2 },
    { question: odd, answer: 'c', rank: 1 },
  ],
  prompts: [{ prompt: 'one' }, { prompt: odd }],
  'prompts with requirements': [
    { prompt: 'one', requirements: [{ text: 'Be brief.', weight: 2 }] },
    { prompt: 'two', requirements: [{ text: 'No commas.', check: { id: 'punctuation:no_comma', args: {} } }] },
  ],
}
type Kind = keyof typeof sources

/** What each form keeps. */
const kept: Readonly<Record<ExportForm, readonly Kind[]>> = {
  trl: ['pairs', 'examples', 'examples of a judge', 'labeled responses', 'prompts'],
  'trl-chat': [
    'pairs',
    'pairs in conversations',
    'examples',
    'examples in conversations',
    'examples of a judge',
    'labeled responses',
    'prompts',
  ],
  'llama-factory': ['pairs', 'pairs in conversations', 'examples', 'examples in conversations', 'labeled responses'],
  'alpaca-eval': ['examples'],
  argilla: [
    'pairs',
    'pairs in conversations',
    'examples',
    'examples in conversations',
    'examples of a judge',
    'labeled responses',
    'prompts',
  ],
  parquet: [
    'pairs',
    'pairs in conversations',
    'examples',
    'examples in conversations',
    'examples of a judge',
    'labeled responses',
    'ranked answers',
    'prompts',
  ],
  csv: Object.keys(sources) as Kind[],
  jsonl: Object.keys(sources) as Kind[],
}

const cases = Object.entries(kept).flatMap(([form, kinds]) => kinds.map((kind) => [kind, form as ExportForm] as const))

describe('a conversion imported again has the same rows', () => {
  test.each(cases)('%s as %s', async (kind, form) => {
    const source = fileOf(...sources[kind])
    const output = outputOf({ parquet: 'parquet', csv: 'csv' }[form as string] ?? 'json')
    const { imported, rows } = await convertFile(source, { form, output })
    expect(rows).toBe(sources[kind].length)
    const again = await importFile(output)
    expect(withoutLines(again)).toEqual(withoutLines(imported))
    expect(withoutLines(imported)).toEqual(withoutLines(await importFile(source)))
    expect(again.rejected).toEqual([])
  })
})

const failure = async (path: string, form: ExportForm, output = outputOf('x')) =>
  (await convertFile(path, { form, output }).catch((error: unknown) => error)) as LaurelError

describe('a conversion', () => {
  test('to a form without a place for the rows names the forms that have one, and writes nothing', async () => {
    const output = outputOf('json')
    const error = await failure(fileOf(...sources['ranked answers']), 'trl', output)
    expect([error.code, error.remedy]).toEqual(['BAD_INPUT', 'Choose one of jsonl, csv, parquet.'])
    expect((await failure(fileOf(...sources['pairs in conversations']), 'trl', output)).remedy).toBe('Export in the conversational format.')
    expect((await failure(fileOf({ prompt: 'p', completion: 'c', label: 'x' }), 'trl', output)).message).toMatch(/nothing to convert/)
    expect(existsSync(output)).toBe(false)
  })

  test('names what the form has no place for', async () => {
    for (const form of ['llama-factory', 'alpaca-eval'] as const) {
      const { notes } = await convertFile(fileOf(...sources['examples of a judge']), { form, output: outputOf('json') })
      expect(notes).toEqual(['weights', 'task', 'classification'].map((name) => `The format has no place for "${name}" (2 rows).`))
    }
    const prompts = await convertFile(fileOf(...sources['prompts with requirements']), { form: 'trl', output: outputOf('jsonl') })
    expect(prompts.notes).toEqual(['The format has no place for requirements (2 rows).'])
    const outputs = await convertFile(fileOf(...sources['examples in conversations']), { form: 'alpaca-eval', output: outputOf('json') })
    expect([outputs.rows, outputs.notes]).toEqual([1, [expect.stringMatching(/left out \(1\)/)]])
  })

  test('writes LLaMA-Factory’s description of the file, whose labels are its kto_tag', async () => {
    const output = join(folder, 'factory', 'rows.json')
    const { files: written } = await convertFile(fileOf(...sources['labeled responses']), { form: 'llama-factory', output })
    expect(written.map((path) => path.slice(folder.length + 1))).toEqual([
      'factory/rows.json',
      'factory/rows.card.md',
      'factory/dataset_info.json',
    ])
    expect(JSON.parse(readFileSync(join(folder, 'factory', 'dataset_info.json'), 'utf8'))).toEqual({
      rows: { file_name: 'rows.json', formatting: 'sharegpt', columns: { messages: 'conversations', kto_tag: 'kto_tag' } },
    })
    expect((await importFile(join(folder, 'factory'))).unwanted).toHaveLength(2)
  })

  test('to a device writes nothing else', async () => {
    const done = await convertFile(fileOf(...sources['labeled responses']), { form: 'llama-factory', output: '/dev/null' })
    expect([done.files, done.bytes]).toEqual([['/dev/null'], 0])
    expect(existsSync('/dev/dataset_info.json')).toBe(false)
  })

  test('to a folder makes a dataset folder, which the card describes', async () => {
    const place = join(folder, 'hub')
    await convertFile(fileOf(...sources.pairs), { form: 'parquet', output: `${place}/`, name: 'Two pairs' })
    const card = readFileSync(join(place, 'README.md'), 'utf8')
    expect(card).toMatch(
      /^---\nconfigs:\n- config_name: default\n {2}data_files: "data\/train-00000-of-00001\.parquet"\n---\n\n# Two pairs\n/,
    )
    expect((await importFile(place)).preferences).toHaveLength(sources.pairs.length)
    expect((await failure(fileOf(...sources.pairs), 'parquet', place)).message).toMatch(/README\.md exists already/)
  })

  test('its card names the source, the columns, and what was dropped', async () => {
    const output = outputOf('jsonl')
    const source = fileOf({ prompt: 'p', completion: 'a', topic: 'x' }, { prompt: 'q' }, { prompt: '', completion: 'a' })
    await convertFile(source, { form: 'trl', output })
    const card = readFileSync(output.replace('.jsonl', '.card.md'), 'utf8')
    for (const line of [
      '| `completion` | text | the response to imitate |',
      '- format: prompt-completion',
      `- The field "topic" isn't used (1 row).`,
      '- Left out (1 rows): "prompt" is empty.',
    ])
      expect(card.split('\n')).toContain(line)
  })

  test('of a Parquet file of several row groups keeps every row', async () => {
    const rows = Array.from({ length: 11_000 }, (_, i) => ({ prompt: `p${i}`, completion: `c${i}` }))
    const output = outputOf('parquet')
    await convertFile(fileOf(...rows), { form: 'parquet', output })
    expect((await importFile(output)).instructions.map(({ response }) => response)).toEqual(rows.map(({ completion }) => completion))
  })

  test('can leave out rows whose prompt is nearly an earlier one; rows of the same prompt stay together', async () => {
    const [a, b, c] = [
      'Name three famous rivers of Europe, please.',
      'Name three famous rivers of Asia, please.',
      'What is seven times eight?',
    ]
    const rows = [a, a, b, c].map((prompt, i) => ({ prompt, chosen: `yes ${i}`, rejected: 'no' }))
    const { imported, rows: written } = await convertFile(fileOf(...rows), { form: 'trl', output: outputOf('jsonl'), maxSimilarity: 0.7 })
    expect(written).toBe(3)
    expect(imported.preferences.map(({ line }) => line)).toEqual([1, 2, 4])
    expect(imported.skipped).toEqual([{ line: 3, reason: `its prompt is nearly "${a}" (ROUGE-L 0.86)` }])
    expect(imported.notes).toEqual(['1 prompts that are nearly an earlier one (ROUGE-L above 0.7) are left out.'])
  })
})
