import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { alpacaEvalRows } from '../../main/data/exporters/alpaca-eval.ts'
import type { ExportedPair } from '../../main/data/exporters/exported.ts'
import { writeLlamaFactoryExamples, writeLlamaFactoryPreferences } from '../../main/data/exporters/llama-factory.ts'
import { trlPreferenceRow, trlPromptCompletionRow } from '../../main/data/exporters/trl.ts'
import { importFile } from '../../main/data/import-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-export-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pair: ExportedPair = {
  prompt: 'Hi',
  chosen: 'Hello',
  rejected: 'Go',
  scoreChosen: 4.5,
  scoreRejected: 1,
  judge: 'M1 additive',
  override: null,
}
const turns = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hi\n"there"' },
]
const longPair: ExportedPair = { ...pair, prompt: turns, scoreChosen: null, scoreRejected: null, judge: null, override: 'edit' }

describe('TRL', () => {
  test('a pair as plain text', () => {
    expect(trlPreferenceRow(pair, { conversational: false })).toEqual({
      prompt: 'Hi',
      chosen: 'Hello',
      rejected: 'Go',
      score_chosen: 4.5,
      score_rejected: 1,
      judge: 'M1 additive',
      override: null,
    })
  })

  test('a pair as messages', () => {
    expect(trlPreferenceRow(longPair, { conversational: true })).toEqual({
      prompt: turns,
      chosen: [{ role: 'assistant', content: 'Hello' }],
      rejected: [{ role: 'assistant', content: 'Go' }],
      score_chosen: null,
      score_rejected: null,
      judge: null,
      override: 'edit',
    })
  })

  test('several messages are never flattened into plain text', () => {
    expect(() => trlPreferenceRow(longPair, { conversational: false })).toThrow("can't be written as plain text")
  })

  test.each([true, false])('exported rows survive a round trip (conversational: %s)', async (conversational) => {
    const path = join(folder, `pairs-${conversational}.jsonl`)
    writeJsonLines(path, [trlPreferenceRow(pair, { conversational })])
    const imported = await importFile(path)
    const provenance = { judge: 'M1 additive' }
    expect(imported.preferences).toEqual([
      { line: 1, prompt: 'Hi', chosen: 'Hello', rejected: 'Go', scoreChosen: 4.5, scoreRejected: 1, provenance },
    ])
    expect(imported.notes).toEqual([])
    expect(imported.rejected).toEqual([])
    const examples = join(folder, `examples-${conversational}.jsonl`)
    writeJsonLines(examples, [trlPromptCompletionRow({ prompt: 'Hi', response: 'Hello' }, { conversational })])
    expect((await importFile(examples)).instructions).toEqual([{ line: 1, prompt: 'Hi', response: 'Hello' }])
  })
})

describe('LLaMA-Factory', () => {
  test('pairs and examples share one dataset_info.json, whose other entries are kept', async () => {
    const info = join(folder, 'dataset_info.json')
    writeFileSync(info, '{"theirs": {"file_name": "other.json"}}')
    writeLlamaFactoryPreferences(join(folder, 'pairs.json'), 'laurel_pairs', [pair, longPair])
    writeLlamaFactoryExamples(join(folder, 'examples.json'), 'laurel_examples', [{ prompt: turns, response: 'Hello' }])
    expect(JSON.parse(readFileSync(info, 'utf8'))).toEqual({
      theirs: { file_name: 'other.json' },
      laurel_pairs: {
        file_name: 'pairs.json',
        formatting: 'sharegpt',
        ranking: true,
        columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' },
      },
      laurel_examples: { file_name: 'examples.json', formatting: 'sharegpt', columns: { messages: 'conversations' } },
    })
    const read = await importFile(join(folder, 'pairs.json'))
    expect(read.format).toBe('llama-factory-preferences')
    expect(read.preferences.map(({ line: _, ...rest }) => rest)).toEqual([
      { prompt: 'Hi', chosen: 'Hello', rejected: 'Go' },
      { prompt: turns, chosen: 'Hello', rejected: 'Go' },
    ])
    expect((await importFile(join(folder, 'examples.json'))).instructions).toEqual([{ line: 2, prompt: turns, response: 'Hello' }])
  })

  test("a dataset_info.json that isn't an object is left unchanged", () => {
    const other = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(other, 'dataset_info.json'), '[]')
    expect(() => writeLlamaFactoryPreferences(join(other, 'pairs.json'), 'x', [pair])).toThrow('not an object of data sets')
    expect(readFileSync(join(other, 'dataset_info.json'), 'utf8')).toBe('[]')
  })
})

test('AlpacaEval rows have instruction, output, generator, and data set', () => {
  expect(alpacaEvalRows([{ instruction: 'Hi', output: 'Hello' }], 'laurel-m3', 'helpful_base')).toEqual([
    { dataset: 'helpful_base', instruction: 'Hi', output: 'Hello', generator: 'laurel-m3' },
  ])
})
