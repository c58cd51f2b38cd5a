import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writeJsonLines } from '../../main/common/jsonl.ts'
import { resourceFile } from '../../main/common/resources.ts'
import { importFile } from '../../main/data/import-file.ts'
import { type Imported, normalizedRows } from '../../main/data/imported.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-normalized-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A file's contents without line numbers. */
const withoutPlaces = ({ instructions, ranked, preferences, prompts }: Imported): unknown =>
  JSON.parse(JSON.stringify({ instructions, ranked, preferences, prompts }, (key, value) => (key === 'line' ? undefined : value)))

async function roundTrip(path: string): Promise<[unknown, unknown]> {
  const imported = await importFile(path)
  const copy = join(folder, 'copy.jsonl')
  writeJsonLines(copy, normalizedRows(imported))
  return [withoutPlaces(imported), withoutPlaces(await importFile(copy))]
}

const lines = (...rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('a copy in Laurel’s own format has the same contents as the file', () => {
  test.each([
    [
      'alpaca with input, system and history',
      { instruction: 'Sort', input: 'b a', output: 'a b', system: 'Be brief', history: [['hi', 'ho']] },
    ],
    ['alpaca with a task separate from its input', { instruction: 'Sort', input: 'b a', output: 'a b' }],
    ['self-instruct seeds', { instruction: 'Is it?', instances: [{ input: 'x', output: 'y' }], is_classification: true }],
    [
      'ShareGPT',
      {
        conversations: [
          { from: 'human', value: 'a' },
          { from: 'gpt', value: 'b' },
          { from: 'human', value: 'c' },
          { from: 'gpt', value: 'd' },
        ],
      },
    ],
    ['evaluation examples with weights', { prompt: 'p', completion: 'Score: 3', weights: [0.3, 1, 2] }],
    ['preferences with scores', { prompt: 'p', chosen: 'a', rejected: 'b', score_chosen: 4.5, score_rejected: 1 }],
    [
      'conversational preferences',
      {
        prompt: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'p' },
        ],
        chosen: 'a',
        rejected: 'b',
      },
    ],
    [
      'LLaMA-Factory preferences',
      { conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt', value: 'b' }, rejected: { from: 'gpt', value: 'c' } },
    ],
    ['bare prompts', { prompt: 'one' }],
  ])('%s', async (_, row) => {
    const path = join(folder, 'file.jsonl')
    writeFileSync(path, lines(row))
    const [before, after] = await roundTrip(path)
    expect(after).toEqual(before)
  })

  test('keeps examples and bare prompts of one plain file', async () => {
    const path = join(folder, 'mixed.jsonl')
    writeFileSync(path, lines({ prompt: 'a' }, { instruction: 'b', response: 'c' }, { prompt: 'd' }))
    const [before, after] = await roundTrip(path)
    expect(after).toEqual(before)
  })

  test.each([
    'seed-data/oasst-ranked.jsonl',
    'seed-data/self-instruct-seed-tasks.jsonl',
    'demo/eft.jsonl',
    'demo/held-out.jsonl',
    'demo/ift.jsonl',
  ])('%s', async (name) => {
    const [before, after] = await roundTrip(resourceFile(...name.split('/')))
    expect(after).toEqual(before)
  })
})
