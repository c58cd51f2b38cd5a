import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'

const read = (name: string) => importFile(join(import.meta.dirname, 'files', name))

describe('TRL’s own conversions of three pairs', () => {
  test.each(['implicit', 'explicit'])('%s texts', async (form) => {
    const { preferences, rejected } = await read(`trl-${form}-texts.jsonl`)
    expect(preferences.map(({ prompt, chosen, rejected: other }) => [prompt, chosen, other])).toEqual(
      [1, 2, 3].map((i) => [`${i} plus ${i} is`, ` ${2 * i}.`, ` ${2 * i + 1}.`]),
    )
    expect(rejected).toEqual([])
  })

  test.each(['implicit', 'explicit'])('%s conversations', async (form) => {
    const { preferences } = await read(`trl-${form}-chats.jsonl`)
    expect(preferences.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected])).toEqual(
      [1, 2, 3].map((i) => [`${i} + ${i}?`, `${2 * i}.`, `${2 * i + 1}.`]),
    )
  })

  test.each([
    ['texts', ' plus '],
    ['chats', ' + '],
  ])('unpaired %s: only completions labeled true are examples, the others are kept as unwanted', async (form, plus) => {
    const { instructions, unwanted = [], skipped } = await read(`trl-unpaired-${form}.jsonl`)
    expect(instructions.map(({ line }) => line)).toEqual([1, 2, 3])
    expect(instructions[0].prompt).toMatch(`1${plus}1`)
    expect(unwanted.map(({ line, response }) => [line, response.trim()])).toEqual([
      [4, '3.'],
      [5, '5.'],
      [6, '7.'],
    ])
    expect(skipped).toHaveLength(3)
  })
})

describe.each(['pandas', 'datasets'])('tables of %s, which prints lists into cells', (tool) => {
  test('conversations', async () => {
    const { instructions, rejected } = await read(`messages-${tool}.csv`)
    expect(instructions.map(({ prompt, response }) => [prompt, response])).toEqual([
      ['Say "hi",\nor it\'s \\n.', 'Hi: ünï 👩‍🚀'],
      ['Write a list.', '[1, 2]'],
    ])
    expect(rejected).toEqual([])
  })

  test('steps and their labels', async () => {
    const { instructions, unwanted } = await read(`steps-${tool}.csv`)
    expect(instructions).toEqual([{ line: 2, prompt: 'p', response: 'it\'s\nb"' }])
    expect(unwanted).toEqual([{ line: 3, prompt: 'q', response: 'c' }])
  })
})

test('AlpacaEval: annotations are preferences whichever output came first, and outputs are examples', async () => {
  const { format, preferences } = await read('alpaca-eval-annotations.json')
  expect(format).toBe('comparisons')
  expect(preferences.map(({ prompt, chosen }) => [prompt, chosen])).toEqual(chosenOutputs)
  expect((await read('alpaca-eval-outputs.json')).instructions.map(({ response }) => response)).toEqual([
    'Answer 0',
    'Answer 1!',
    'Answer 2!!',
    'Answer 3!!!',
  ])
})

/** As the file's `preference` says: 1 for the reference, 2 for the answer. */
const chosenOutputs = [
  ['Question 0', 'Reference 0'],
  ['Question 1', 'Answer 1!'],
  ['Question 2', 'Reference 2!!'],
  ['Question 3', 'Answer 3!!!'],
]
