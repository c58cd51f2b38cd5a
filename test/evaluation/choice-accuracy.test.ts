import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { choiceFigures } from '../../main/evaluation/choice-accuracy.ts'
import { readChoiceQuestions } from '../../main/evaluation/choice-questions.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-choices-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function read(...rows: readonly object[]) {
  const path = join(folder, 'questions.jsonl')
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return readChoiceQuestions(path)
}

test('the sum favors short choices, the log-probability per byte doesn’t', () => {
  const question = { question: 'q', choices: ['no', 'certainly'], answer: 1 }
  // Sums: -2 > -3. Per byte: -2 / 2 = -1 < -3 / 9.
  expect(choiceFigures([{ ...question, logprobs: [-2, -3] }])).toMatchObject({ n: 1, acc: 0, acc_norm: 1, chance: 0.5 })
})

test('lengths are in bytes of UTF-8', () => {
  // 'ää' has 4 bytes: -4 / 4 = -1 is above -2.2 / 2, but -4 / 2 characters would be below it.
  expect(choiceFigures([{ question: 'q', choices: ['ää', 'ab'], answer: 0, logprobs: [-4, -2.2] }])).toMatchObject({ acc: 0, acc_norm: 1 })
})

test('the first of equal choices counts, chance depends on the number of choices, and shares have Wilson’s intervals', () => {
  const equal = (answer: number, count: number) => ({
    ...{ question: 'q', choices: Array.from({ length: count }, () => 'x'), answer, logprobs: Array.from({ length: count }, () => -1) },
  })
  const figures = choiceFigures([equal(0, 2), equal(1, 2), equal(1, 4), equal(2, 4)])
  expect(figures).toMatchObject({ n: 4, acc: 0.25, acc_norm: 0.25, chance: 0.375 })
  expect(figures.acc_low).toBeCloseTo(0.0456, 4) // Wilson, 1 of 4
  expect(figures.acc_high).toBeCloseTo(0.6994, 4)
  expect(choiceFigures([])).toMatchObject({ n: 0, acc: null, chance: null })
})

test('an answer is an index from 0, a letter, or a choice’s text', () => {
  const row = { question: 'q', choices: ['red', 'green', 'blue'] }
  const answers = [1, 'B', 'b', 'green'].map((answer) => ({ ...row, answer }))
  expect(read(...answers).map(({ answer }) => answer)).toEqual([1, 1, 1, 1])
  expect(read({ question: 'q', choices: ['10', '20'], answer: '20' })[0].answer).toBe(1)
})

test.each([
  [{ answer: 3 }, /3 isn't an index of 3 choices/],
  [{ answer: 'yellow' }, /"yellow" isn't one of the choices/],
  [{ answer: 'D' }, /"D" isn't one of the choices/],
  [{ choices: ['B', 'A'], answer: 'A' }, /"A" could mean several choices/],
  [{ choices: ['red', 'red'], answer: 'red' }, /"red" could mean several choices/],
  [{ choices: ['red'] }, /:1: choices/],
  [{ question: '' }, /:1: question/],
])('a row with %j is refused by its line', (change, message) => {
  expect(() => read({ question: 'q', choices: ['red', 'green', 'blue'], answer: 0, ...change })).toThrow(message)
})
