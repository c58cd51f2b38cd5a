import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerEvaluate } from '../../main/cli/commands/evaluate-command.ts'
import { registerParseScores } from '../../main/cli/commands/parse-scores-command.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { fixtureFile, sharedFile } from '../support/shared.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-evaluate-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function laurel(...args: string[]): void {
  const program = new Command('laurel').exitOverride()
  registerEvaluate(program)
  registerParseScores(program)
  program.parse(args, { from: 'user' })
}

function input(content: unknown): string {
  const path = join(folder, 'input.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function evaluate(kind: string, path: string): unknown {
  const output = join(folder, 'output.json')
  laurel('evaluate', kind, '--input', path, '--output', output)
  return JSON.parse(readFileSync(output, 'utf8'))
}

const fixture = (name: string) => JSON.parse(readFileSync(fixtureFile(`${name}.json`), 'utf8'))

describe('laurel evaluate gives the same keys and numbers as the reference', () => {
  it('for reward metrics', () => {
    for (const { groups, expected } of Object.values(fixture('reward-metrics').cases) as { groups: unknown; expected: object }[]) {
      expect(evaluate('reward-metrics', input({ groups }))).toEqual(near(expected))
    }
  })

  needing(referenceNumbers).test('for win rates', () => {
    for (const [model, expected] of Object.entries(JSON.parse(readFileSync(sharedFile('fixtures/win-rates.json'), 'utf8')).models)) {
      const figures = evaluate('win-rate', sharedFile(`data/alpaca-eval-annotations/${model}.jsonl`))
      expect(figures).toEqual(near(expected as object, 5))
    }
  })

  it('for ROUGE-L', () => {
    const { pairs } = fixture('rouge-l') as { pairs: [string, string, number][] }
    const scores = evaluate('rouge-l', input(pairs.map(([a, b]) => [a, b])))
    expect(scores).toEqual(pairs.map(([, , f]) => expect.closeTo(f, 12)))
  })

  it('for agreement', () => {
    const { cohen_kappa, wilson_95 } = fixture('agreement') as {
      cohen_kappa: { cohen_kappa: number }[]
      wilson_95: Record<string, number>[]
    }
    const expected = [
      ...cohen_kappa.map((entry) => near({ cohen_kappa: entry.cohen_kappa })),
      ...wilson_95.map(({ low, high }) => near({ low, high })),
    ]
    expect(evaluate('agreement', input([...cohen_kappa, ...wilson_95]))).toEqual(expected)
  })
})

/** Matches an object with its numbers compared to `decimals` places. */
const near = (expected: object, decimals = 12) =>
  Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, value === null ? null : expect.closeTo(value, decimals)]))

describe('laurel evaluate', () => {
  it('computes MT-Bench scores from FastChat’s judgements, with the categories of the questions', () => {
    const row = (question_id: number, score: number, turn: number) =>
      `${JSON.stringify({ question_id, model: 'small', judge: ['gpt-4', 'single-v1'], score, turn })}\n`
    const path = input([row(81, 8, 1), row(81, 6, 2), row(111, 1, 1), row(111, -1, 2)].join(''))
    expect(evaluate('mt-bench-scores', path)).toEqual([
      {
        ...{ model: 'small', judge: 'gpt-4', score: 5, n: 3, unparsed: 1 },
        turns: { 1: { score: 4.5, n: 2, unparsed: 0 }, 2: { score: 6, n: 1, unparsed: 1 } },
        categories: { writing: { score: 7, n: 2, unparsed: 0 }, math: { score: 1, n: 1, unparsed: 1 } },
      },
    ])
  })

  it('skips unscored answers and missing preferences', () => {
    expect(evaluate('reward-metrics', input({ groups: [{ ranks: [0, 1, 2], scores: [4, null, 2] }] }))).toMatchObject({
      prompts: 1,
      pairs: 1,
    })
    const rows = [2, 1, null].map((preference, i) => JSON.stringify({ preference, length_1: 10, length_2: 10 + i }))
    expect(evaluate('win-rate', input(rows.join('\n')))).toMatchObject({ n: 2, win_rate: 50 })
  })

  describe('win-rate', () => {
    const rows = [
      { preference: 1, output_1: 'short', output_2: 'a longer reply', annotator: 'some judge', raw_completion: null },
      { preference: 1.9, output_1: 'short', output_2: '😀😀' },
      { preference: 1.5, output_1: 'four', output_2: 'four' },
      { preference: 0, output_1: 'ab', output_2: 'abcd' },
      { preference: null, output_1: 'left out', output_2: 'left out' },
      { output_1: 'left out', output_2: 'left out' },
    ]
    const measured = rows.slice(0, 4).map(({ preference, output_1, output_2 }) => ({
      preference,
      length_1: [...output_1].length,
      length_2: [...output_2].length,
    }))

    it('reads AlpacaEval’s output: an array or lines, lengths in characters, draws as 0 or 1.5, missing preferences', () => {
      const expected = evaluate('win-rate', input(measured.map((row) => JSON.stringify(row)).join('\n')))
      expect(expected).toMatchObject({ n: 4, win_rate: expect.closeTo((100 * (0 + 0.9 + 0.5 + 0.5)) / 4, 10), n_wins: 1, n_draws: 2 })
      expect(evaluate('win-rate', input(rows))).toEqual(expected)
      expect(evaluate('win-rate', input(JSON.stringify(rows, null, 1)))).toEqual(expected)
      expect(evaluate('win-rate', input(rows.map((row) => JSON.stringify(row)).join('\r\n')))).toEqual(expected)
      expect(evaluate('win-rate', input(`\uFEFF${JSON.stringify(rows)}\r\n`))).toEqual(expected)
    })

    it("reads Python's NaN as a missing preference, but not inside strings", () => {
      const text = JSON.stringify([...rows, { preference: 'X', output_1: 'is "NaN" a word? NaN', output_2: 'x' }]).replace('"X"', 'NaN')
      expect(evaluate('win-rate', input(text))).toMatchObject({ n: 4 })
    })

    it.each([
      [
        '[{"preference": 1, "output_1": "a", "output_2": "b"}, {"preference": 2.5, "output_1": "a", "output_2": "b"}]',
        /input\.json: row 2: preference/,
      ],
      ['[{"preference": 1, "output_1": "a"}]', /input\.json: row 1: .*output_1 and output_2/],
      ['{"preference": 1, "length_1": 1}', /input\.json:1: .*length_1 and length_2/],
      ['[1]', /input\.json: row 1: /],
      ['[', /input\.json: not JSON/],
      ['[]', /has no rows/],
      ['{"preference": Infinity, "length_1": 1, "length_2": 1}', /input\.json:1: not JSON/],
    ])('refuses %s and names the row', (content, message) => {
      expect(() => evaluate('win-rate', input(content))).toThrow(
        expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }),
      )
    })
  })

  it('gives null, never NaN, for undefined values', () => {
    expect(evaluate('win-rate', input('{"preference": 2, "length_1": 1, "length_2": 3}'))).toMatchObject({
      win_rate: 100,
      standard_error: null,
    })
    const alike = Array.from({ length: 3 }, () => '{"preference": 1.5, "length_1": 7, "length_2": 7}').join('\n')
    expect(evaluate('win-rate', input(alike))).toMatchObject({ win_rate: 50, standard_error: 0, length_controlled_win_rate_minimal: null })
    expect(evaluate('reward-metrics', input({ groups: [] }))).toMatchObject({
      prompts: 0,
      pairs: 0,
      spearman: null,
      pairwise_accuracy: null,
    })
  })

  it('accepts labels as a list too', () => {
    expect(evaluate('agreement', input([{ a: ['left', 'tie'], b: ['left', 'tie'] }]))).toEqual([{ cohen_kappa: 1 }])
    expect(evaluate('agreement', input([{ a: 'LL', b: 'LL' }]))).toEqual([{ cohen_kappa: null }])
  })

  it.each([
    ['reward-metrics', { groups: [{ ranks: [0, 1], scores: [4] }] }, /input\.json: groups\.0: must have as many scores as ranks/],
    ['reward-metrics', [], /input\.json: /],
    ['reward-metrics', '{"groups": [', /input\.json: not JSON/],
    ['rouge-l', [['only one']], /input\.json: 0/],
    [
      'agreement',
      [
        { wins: 1, n: 2 },
        { wins: 3, n: 2 },
      ],
      /input\.json: 1: wins must be at most n/,
    ],
    ['agreement', [{ a: 'LR', b: 'L' }], /input\.json: 0: a and b must have the same number/],
    [
      'win-rate',
      '{"preference": 1.5, "length_1": 1, "length_2": 2}\n{"preference": 3, "length_1": 1, "length_2": 2}',
      /input\.json:2: preference/,
    ],
    ['win-rate', '', /has no rows/],
    ['win-rate', '{"preference": null, "length_1": 1, "length_2": 2}', /no row has a preference/],
  ])('refuses bad %s input, naming the place, and writes nothing', (kind, content, message) => {
    const output = join(folder, 'never.json')
    expect(() => laurel('evaluate', kind, '--input', input(content), '--output', output)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message), remedy: expect.stringMatching(/\S/) }),
    )
    expect(existsSync(output)).toBe(false)
  })

  it('reports a missing file', () => {
    expect(() => evaluate('rouge-l', join(folder, 'absent.json'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('laurel parse-scores', () => {
  it('writes one score per judgement, null if there is none', () => {
    const output = join(folder, 'scores.jsonl')
    const rows = ['Score: 4', 'no idea', 'It is fine. Score: 2.5'].map((response) => JSON.stringify({ response, score: 9 }))
    laurel('parse-scores', '--input', input(rows.join('\n')), '--output', output)
    expect(readFileSync(output, 'utf8')).toBe('{"score":4}\n{"score":null}\n{"score":2.5}\n')
  })

  it('names the line of a row without a response', () => {
    const path = input('{"response": "Score: 4"}\n{"text": "Score: 4"}')
    expect(() => laurel('parse-scores', '--input', path, '--output', join(folder, 'none.jsonl'))).toThrow(/input\.json:2: response/)
  })
})
