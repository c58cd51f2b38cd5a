import { expect } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { hasOrder, type Imported } from '../../main/data/imported.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const read = (name: string) => importFile(sharedFile(`data/${name}`))
const counts = (imported: Imported) => ({
  format: imported.format,
  instructions: imported.instructions.length,
  ranked: imported.ranked.length,
  preferences: imported.preferences.length,
  prompts: imported.prompts.length,
  rejected: imported.rejected.length,
  skipped: imported.skipped.length,
})
const none = { instructions: 0, ranked: 0, preferences: 0, prompts: 0, rejected: 0, skipped: 0 }

/** Every file is clean, so nothing may be rejected; the counts come from another program. */
const files = [
  ['alpaca-en-999.json', { ...none, format: 'alpaca', instructions: 999 }],
  ['dpo-en-300.json', { ...none, format: 'llama-factory-preferences', preferences: 299 }],
  ['bench-pairs.json', { ...none, format: 'preferences', preferences: 27 }],
  // 99 trees; one has three replies without a rank, so it has no usable reply
  ['oasst-en-100-trees.jsonl', { ...none, format: 'oasst-trees', instructions: 98, ranked: 98, skipped: 4 }],
  // 3,031 answers, two of them duplicates; 800 with rank 0, of which three questions have two
  ['oasst2-ranked.jsonl', { ...none, format: 'ranked-answers', instructions: 797, ranked: 2293, skipped: 2 }],
  ['self-instruct-seed-tasks.jsonl', { ...none, format: 'self-instruct-seeds', instructions: 175 }],
  ['generated-prompts-unique.jsonl', { ...none, format: 'plain', prompts: 1000 }],
  ['generated-prompts-duplicates.jsonl', { ...none, format: 'plain', prompts: 1226 }],
  ['vicuna-questions.jsonl', { ...none, format: 'plain', prompts: 80 }],
  ['mt-bench/question.jsonl', { ...none, format: 'plain', prompts: 80 }],
] as const

needing(referenceNumbers).test.each(files)('%s is read completely', async (name, expected) =>
  expect(counts(await read(name))).toEqual(expected),
)

needing(referenceNumbers).test('ranked answers keep all answers with their human ranks', async () => {
  const { ranked } = await read('oasst2-ranked.jsonl')
  expect(ranked.flatMap((prompt) => prompt.answers)).toHaveLength(3031 - 2)
  expect(ranked.filter(hasOrder)).toHaveLength(547)
  for (const { answers } of ranked)
    expect(answers.map((answer) => answer.rank)).toEqual(answers.map((answer) => answer.rank).sort((a, b) => a - b))
})

needing(referenceNumbers).test('conversations in a preference file keep all their turns', async () => {
  const { preferences } = await read('dpo-en-300.json')
  const turns = preferences.map(({ prompt }) => (typeof prompt === 'string' ? 1 : prompt.length))
  expect(turns.filter((n) => n === 1)).toHaveLength(113)
  expect(turns.filter((n) => n === 2)).toHaveLength(80) // system and user
  expect(Math.max(...turns)).toBe(13)
})

needing(referenceNumbers).test('a file of another kind is rejected with its fields', async () => {
  await expect(read('judgements-mistral-7b.jsonl')).rejects.toThrow('unknown row format (fields: response, score, rank, status)')
})
