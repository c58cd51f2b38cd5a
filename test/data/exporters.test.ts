import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { alpacaEvalRow } from '../../main/data/exporters/alpaca-eval.ts'
import { argillaPair } from '../../main/data/exporters/argilla.ts'
import type { ExportedPair } from '../../main/data/exporters/exported.ts'
import { dataSetInfo, examplesEntry, llamaFactoryPreference, preferencesEntry } from '../../main/data/exporters/llama-factory.ts'
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
  test('the entries of pairs and examples are added to dataset_info.json, whose other entries are kept', () => {
    const info = join(folder, 'dataset_info.json')
    writeFileSync(info, '{"theirs": {"file_name": "other.json"}}')
    for (const { path, text } of [dataSetInfo(join(folder, 'pairs.json'), preferencesEntry('x'))]) writeFileSync(path, text)
    expect(JSON.parse(dataSetInfo(join(folder, 'examples.json'), examplesEntry('y')).text)).toEqual({
      theirs: { file_name: 'other.json' },
      pairs: {
        file_name: 'pairs.json',
        formatting: 'sharegpt',
        ranking: true,
        columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' },
      },
      examples: { file_name: 'examples.json', formatting: 'sharegpt', columns: { messages: 'conversations' } },
    })
  })

  test('a pair has ShareGPT turns, and columns of scores and provenance that the loader ignores', () => {
    expect(llamaFactoryPreference(longPair)).toEqual({
      conversations: [
        { from: 'system', value: 'Be kind.' },
        { from: 'human', value: 'Hi\n"there"' },
      ],
      chosen: { from: 'gpt', value: 'Hello' },
      rejected: { from: 'gpt', value: 'Go' },
      ...{ score_chosen: null, score_rejected: null, judge: null, override: 'edit' },
    })
  })

  test("a dataset_info.json that isn't an object is an error", () => {
    const other = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(other, 'dataset_info.json'), '[]')
    expect(() => dataSetInfo(join(other, 'pairs.json'), preferencesEntry('x'))).toThrow('must contain a JSON object of data sets')
  })
})

describe('Argilla', () => {
  test('the judge’s choice is a suggestion, a user’s decision a response; the sides don’t tell which one it is', () => {
    const judged = argillaPair(pair, 1)
    const [side] = Object.entries(judged.fields).find(([, text]) => text === pair.chosen) ?? []
    expect(judged.suggestions).toEqual({ preference: { value: side, score: null, agent: 'M1 additive' } })
    expect(judged.responses).toEqual({})
    expect(judged.status).toBe('pending')
    for (const decided of [
      { ...pair, override: 'swap' },
      { ...pair, provenance: { decision: 'agree' } },
    ]) {
      const { suggestions, responses, status } = argillaPair(decided, 1)
      const response = { value: side, user_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), status: 'submitted' }
      expect({ suggestions, responses, status }).toEqual({ suggestions: {}, responses: { preference: [response] }, status: 'completed' })
    }
    const sides = Array.from({ length: 40 }, (_, i) => Object.values(argillaPair({ ...pair, chosen: `Hello ${i}` }, i).fields)[1])
    const first = sides.filter((text) => text !== pair.rejected).length
    expect(first).toBeGreaterThan(8)
    expect(first).toBeLessThan(32)
  })
})

test('AlpacaEval rows have instruction, output, generator, and data set', () => {
  expect(alpacaEvalRow({ instruction: 'Hi', output: 'Hello' }, 'laurel-m3', 'helpful_base')).toEqual({
    ...{ dataset: 'helpful_base', instruction: 'Hi', output: 'Hello', generator: 'laurel-m3' },
  })
})
