import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import type { Imported } from '../../main/data/imported.ts'
import { reasons, temporaryFiles } from './temporary-files.ts'

const { lines } = temporaryFiles()
const read = (name: string) => importFile(join(import.meta.dirname, 'files', name))
const sides = ({ preferences }: Imported) => preferences.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected])
const causes = ({ skipped }: Imported) => skipped.map(({ reason }) => reason)

describe('Argilla', () => {
  test.each(['argilla-pairs.json', 'argilla-pairs.parquet'])(
    '%s: the majority of annotators decides, and a suggestion where there are none',
    async (name) => {
      const imported = await read(name)
      expect(imported.format).toBe('argilla')
      expect(sides(imported)).toEqual([
        ['Question 1', 'Second 1', 'First 1'],
        ['Question 2', 'First 2', 'Second 2'],
        ['Question 4', 'First 4', 'Second 4'],
      ])
      expect(causes(imported)).toEqual([
        'its annotators disagree on "better"',
        '"better" prefers neither response',
        'it has no answer to compare its responses by',
      ])
      expect(imported.notes).toContain('Suggestions by a model count where no user answered (1 row).')
    },
  )

  test('metadata and other unused parts are named', async () => {
    expect((await read('argilla-pairs.json')).notes).toEqual(
      expect.arrayContaining([
        `The field "metadata.source" isn't used (1 row).`,
        `The field "suggestions.better.agent" isn't used (2 rows).`,
      ]),
    )
  })

  test('a ranking makes ranked answers; a corrected text is the response', async () => {
    expect((await read('argilla-ranking.json')).ranked).toMatchObject([
      { prompt: 'Rank.', answers: [{ text: 'best' }, { text: 'worse' }, { text: 'worst' }] },
    ])
    const { instructions, notes } = await read('argilla-texts.json')
    expect(instructions).toEqual([{ line: 1, prompt: 'Say hello.', response: 'Hello.' }])
    expect(notes).toContain(`The field "note" isn't used (1 row).`)
  })

  test('version 1: values by user, drafts and discarded records don’t count', async () => {
    const fields = { prompt: 'p', 'response-1': 'a', 'response-2': 'b' }
    const response = (value: string, status: string) => ({ user_id: 'u', status, values: { 'choose-best': { value } } })
    const imported = await lines(
      { fields, responses: [response('response-2', 'submitted'), response('response-1', 'draft')], suggestions: [] },
      { fields, responses: [response('1', 'submitted')] },
      { fields, responses: [response('1', 'submitted')], status: 'discarded' },
    )
    expect(sides(imported)).toEqual([
      ['p', 'b', 'a'],
      ['p', 'a', 'b'],
    ])
    expect(reasons(imported.rejected)).toEqual(['3: the record is discarded'])
  })

  test('a rating of each response makes ranked answers, equal ratings an equal rank', async () => {
    const answers = {
      'generation-0-rating': [{ value: 2 }, { value: 3 }],
      'generation-1-rating': [{ value: 5 }],
      'generation-2-rating': [{ value: 5 }],
    }
    const imported = await lines({
      fields: { instruction: 'i', 'generation-0': 'a', 'generation-1': 'b', 'generation-2': 'c' },
      responses: answers,
    })
    expect(imported.ranked[0].answers.map(({ text, rank }) => [text, rank])).toEqual([
      ['b', 0],
      ['c', 0],
      ['a', 1],
    ])
  })

  test('a rating of 1 or 2 isn’t a choice of the first or second response', async () => {
    const fields = { instruction: 'i', 'generation-1': 'a', 'generation-2': 'b' }
    const both = await lines({ fields, responses: { 'generation-1-rating': [{ value: 4 }], 'generation-2-rating': [{ value: 2 }] } })
    expect(both.ranked[0].answers.map(({ text, rank }) => [text, rank])).toEqual([
      ['a', 0],
      ['b', 1],
    ])
    const one = await lines({ fields, responses: { 'generation-2-rating': [{ value: 2 }], quality: [{ value: 1 }] } })
    expect([one.preferences, one.ranked]).toEqual([[], []])
  })

  test('version 1 on the Hub: a column for each question, with the answers of users', async () => {
    const fields = { prompt: 'p', 'response-1': 'a', 'response-2': 'b', metadata: '{"x": 1}', external_id: null }
    const answer = (value: unknown, status = 'submitted') => ({ user_id: 'u', value, status })
    const none = { type: null, score: null, agent: null }
    const chosen = await lines(
      { ...fields, best: [answer('response-2'), answer('response-1', 'discarded')], 'best-suggestion': null },
      { ...fields, best: [], 'best-suggestion': 'response-1', 'best-suggestion-metadata': none },
    )
    expect(chosen.format).toBe('argilla')
    expect(sides(chosen)).toEqual([
      ['p', 'b', 'a'],
      ['p', 'a', 'b'],
    ])
    expect(chosen.notes).toEqual([
      'Suggestions by a model count where no user answered (1 row).',
      `The field "metadata" isn't used (2 rows).`,
    ])
    const ranked = await lines({ ...fields, order: [answer({ value: ['response-1', 'response-2'], rank: [2, 1] })] })
    expect(ranked.ranked[0].answers.map(({ text }) => text)).toEqual(['b', 'a'])
    const corrected = await lines({ prompt: 'p', response: 'helo', corrected: [answer('Hello.')], metadata: '{}' })
    expect(corrected.instructions).toEqual([{ line: 1, prompt: 'p', response: 'Hello.' }])
  })
})

describe('Label Studio', () => {
  test.each(['label-studio.json', 'label-studio.min.json', 'label-studio.csv'])(
    '%s: a pairwise comparison is a preference',
    async (name) => {
      const imported = await read(name)
      expect(imported.format).toBe('label-studio')
      expect(sides(imported)).toEqual([
        ['Question 1', 'First 1', 'Second 1'],
        ['Question 2', 'Second 2', 'First 2'],
      ])
      expect(imported.rejected).toEqual([])
      expect(causes(imported)).toContain('it has no answer to compare its responses by')
      expect(imported.notes).toContain(`The field "reason" isn't used (2 rows).`)
    },
  )

  test('a canceled annotation doesn’t count', async () =>
    expect(causes(await read('label-studio.json'))).toContain('its annotations are canceled'))

  test('a Ranker’s order makes ranked answers; an answer of another kind is named', async () => {
    const items = ['a', 'b', 'c'].map((body) => ({ id: `id of ${body}`, title: 't', body }))
    const result = (from_name: string, value: unknown) => ({ from_name, value })
    const order = result('rank', { ranker: { rank: ['id of b', 'id of c', 'id of a'] } })
    const spans = result('label', { start: 0, end: 1, labels: ['X'] })
    const imported = await lines({ data: { prompt: 'p', items }, annotations: [{ result: [order, spans] }] })
    expect(imported.ranked).toMatchObject([{ prompt: 'p', answers: [{ text: 'b' }, { text: 'c' }, { text: 'a' }] }])
    expect(imported.notes).toEqual([`The field "annotations[].result[].label" isn't used (1 row).`])
  })
})
