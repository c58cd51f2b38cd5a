import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparisonRequest, gradeRequest } from '../../main/evaluation/mt-bench/judge-prompts.ts'
import { scoresOfJudgements } from '../../main/evaluation/mt-bench/judgement-rows.ts'
import { parseGrade, parseLetter } from '../../main/evaluation/mt-bench/parse-grade.ts'
import { readQuestions, shippedQuestions, temperatureOf } from '../../main/evaluation/mt-bench/questions.ts'
import { gradeFigures, rateFigures } from '../../main/evaluation/mt-bench/scores.ts'
import { partsOfFigures } from '../../main/shared/mt-bench-scores.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-mt-bench-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, rows: readonly object[]): string {
  const path = join(folder, name)
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return path
}

test.each([
  ['Good. Rating: [[7]]', 7],
  ['[[6.5]]', 6.5],
  ['First [[3]], no, [[9]]', 3], // FastChat reads the first
  ['[2] as a footnote, then [[8]]', 8], // double brackets first
  ['Rating: [4]', 4],
  ['Rating: 8', null],
  ['[[rating]]', null],
  ['[[11]]', null],
  ['[[0]]', null],
  ['', null],
])('the grade of %j is %j', (text, grade) => {
  expect(parseGrade(text)).toBe(grade)
})

test.each([
  ['[[B]]', 'B'],
  ['a tie: [[C]]', 'tie'],
  ['[[B]] or rather [[A]]', 'A'], // FastChat looks for A first
  ['B', null],
])('the verdict of %j is %j', (text, verdict) => {
  expect(parseLetter(text)).toBe(verdict)
})

describe('the questions that ship', () => {
  const questions = readQuestions(shippedQuestions)

  test('are 80 in eight categories, and those of reasoning, math, and coding have references', () => {
    expect(questions).toHaveLength(80)
    expect([...Map.groupBy(questions, ({ category }) => category)].map(([category, own]) => [category, own.length])).toEqual(
      ['writing', 'roleplay', 'reasoning', 'math', 'coding', 'extraction', 'stem', 'humanities'].map((category) => [category, 10]),
    )
    expect(new Set(questions.filter(({ reference }) => reference.length === 2).map(({ category }) => category))).toEqual(
      new Set(['reasoning', 'math', 'coding']),
    )
    expect(questions.filter(({ reference }) => reference.length > 0)).toHaveLength(30)
  })

  test('are answered at the temperature of their category', () => {
    expect(['writing', 'roleplay', 'extraction', 'math', 'coding', 'reasoning', 'stem', 'humanities', 'law'].map(temperatureOf)).toEqual([
      0.7, 0.7, 0, 0, 0, 0, 0.1, 0.1, 0.7,
    ])
  })

  test('are judged with FastChat’s prompt for the turn, with the reference where there is one', () => {
    const [writing, math] = ['writing', 'math'].map((category) => questions.find((question) => question.category === category)!)
    const names = [writing, math].flatMap((question) =>
      [0, 1].flatMap((turn) => [
        gradeRequest(question, ['x', 'y'], turn).name,
        comparisonRequest(question, ['x', 'y'], ['z', 'w'], turn).name,
      ]),
    )
    expect(names).toEqual([
      ...['single-v1', 'pair-v2', 'single-v1-multi-turn', 'pair-v2-multi-turn'],
      ...['single-math-v1', 'pair-math-v1', 'single-math-v1-multi-turn', 'pair-math-v1-multi-turn'],
    ])
    const { system, user } = gradeRequest(math, ['mine', 'also mine'], 1)
    for (const text of [...math.turns, ...math.reference, 'mine', 'also mine']) expect(user).toContain(text)
    expect(user).not.toMatch(/\{\w+\}/)
    expect(system).toContain("focus on the assistant's answer to the second question")
    expect(gradeRequest(writing, ['an answer with {question} in it'], 0).user).toContain('an answer with {question} in it')
  })
})

test('a file’s own references count, except in the categories that FastChat judges without', () => {
  const row = (question_id: number, category: string) => ({ question_id, category, turns: ['a', 'b'], reference: ['c', 'd'] })
  const questions = file('own.jsonl', [row(1, 'math'), row(2, 'law'), row(3, 'extraction')])
  expect(readQuestions({ questions, references: null }).map(({ reference }) => reference.length)).toEqual([2, 2, 0])
  const references = file('references.jsonl', [{ question_id: 1, choices: [{ turns: ['e', 'f'] }] }])
  expect(readQuestions({ questions, references }).map(({ reference }) => reference)).toEqual([['e', 'f'], [], []])
})

test.each([
  ['no turns', [{ question_id: 1, category: 'math' }], /own-bad.jsonl:1: turns/],
  ['three turns', [{ question_id: 1, category: 'math', turns: ['a', 'b', 'c'] }], /own-bad.jsonl:1: turns/],
  [
    'the same question twice',
    [1, 1].map((question_id) => ({ question_id, category: 'm', turns: ['a'] })),
    /:2: question 1 is also on line 1/,
  ],
  ['nothing', [], /has no rows/],
])('a file of questions with %s is refused', (_, rows, message) => {
  const questions = file('own-bad.jsonl', rows)
  expect(() => readQuestions({ questions, references: null })).toThrow(message)
})

test('the score is the mean over all grades, and the same by turn and by category; unparsed ones count nowhere', () => {
  const grades = [
    { turn: 1, category: 'math', score: 4 },
    { turn: 2, category: 'math', score: 2 },
    { turn: 1, category: 'writing', score: 9 },
    { turn: 2, category: 'writing', score: null },
  ]
  const { all, turns, categories } = partsOfFigures(gradeFigures(grades))
  expect(all).toEqual({ score: 5, n: 3, unparsed: 1 }) // (4 + 2 + 9) / 3, not the mean of the turns, 4.25
  expect(turns).toEqual({ 1: { score: 6.5, n: 2, unparsed: 0 }, 2: { score: 2, n: 1, unparsed: 1 } })
  expect(categories).toEqual({ math: { score: 3, n: 2, unparsed: 0 }, writing: { score: 9, n: 1, unparsed: 1 } })
  expect(gradeFigures([{ turn: 1, category: null, score: null }])).toMatchObject({ score: null, n: 0, unparsed: 1 })
})

test('rates of comparisons: win, adjusted win, and loss, without the unparsed', () => {
  const of = (outcome: 'win' | 'tie' | 'loss' | null) => ({ turn: 1, category: 'math', outcome })
  expect(rateFigures([of('win'), of('win'), of('tie'), of('loss'), of(null)])).toMatchObject({
    ...{ n: 4, wins: 2, ties: 1, losses: 1, unparsed: 1 },
    ...{ win_rate: 0.5, loss_rate: 0.25, win_rate_adjusted: 0.625 },
    'category/math/win_rate': 0.5,
  })
})

describe('FastChat’s files of judgements', () => {
  const categoryOf = (question: string) => (question === '81' ? 'writing' : question === '111' ? 'math' : null)

  test('of grades give each model’s mean, the best first, without the -1 of a judgement that has none', () => {
    const row = (question_id: number, model: string, turn: number, score: number | null) => ({
      ...{ question_id, model, judge: ['gpt-4', 'single-v1'], user_prompt: '', judgment: '', score, turn, tstamp: 1 },
    })
    const path = file('gpt-4_single.jsonl', [
      ...[row(81, 'small', 1, 5), row(81, 'small', 2, -1), row(111, 'small', 1, 2), row(999, 'small', 1, 2), row(112, 'small', 1, null)],
      ...[row(81, 'large', 1, 9), row(81, 'large', 2, 8)],
    ])
    const scored = scoresOfJudgements(path, categoryOf)
    expect(scored.map(({ model, judge }) => [model, judge])).toEqual([
      ['large', 'gpt-4'],
      ['small', 'gpt-4'],
    ])
    expect(scored[0].figures).toMatchObject({ score: 8.5, 'turn_1/score': 9, 'turn_2/score': 8 })
    expect(scored[1].figures).toMatchObject({ score: 3, n: 3, unparsed: 2, 'category/writing/score': 5, 'category/math/score': 2 })
  })

  test('of comparisons give wins only where both orders agree, for both models', () => {
    const row = (g1_winner: string, g2_winner: string) => ({
      ...{ question_id: 81, model_1: 'one', model_2: 'two', judge: ['gpt-4', 'pair-v2'], turn: 1, g1_winner, g2_winner },
    })
    const path = file('gpt-4_pair.jsonl', [
      ...[row('model_1', 'model_1'), row('model_1', 'model_2'), row('tie', 'tie'), row('model_1', 'tie')],
      ...[row('model_2', 'model_2'), row('error', 'model_1')],
    ])
    const scored = new Map(scoresOfJudgements(path, categoryOf).map(({ model, figures }) => [model, figures]))
    const counts = { n: 5, wins: 1, losses: 1, ties: 3, unparsed: 1, win_rate: 0.2, loss_rate: 0.2, win_rate_adjusted: 0.5 }
    expect(scored.get('one')).toMatchObject(counts)
    expect(scored.get('two')).toMatchObject(counts)
    const unequal = file('unequal.jsonl', [row('model_2', 'model_2'), row('model_2', 'model_1')])
    expect(scoresOfJudgements(unequal, categoryOf).map(({ model, figures }) => [model, figures.wins, figures.losses])).toEqual([
      ['two', 1, 0],
      ['one', 0, 1],
    ])
  })

  test('with a wrong line are refused by its number', () => {
    const path = file('wrong.jsonl', [
      { question_id: 1, model: 'm', score: 1, turn: 1 },
      { question_id: 1, model: 'm', score: 'high', turn: 1 },
    ])
    expect(() => scoresOfJudgements(path, categoryOf)).toThrow(/wrong.jsonl:2: score/)
  })
})
