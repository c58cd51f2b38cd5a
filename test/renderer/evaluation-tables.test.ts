import { describe, expect, it } from 'vitest'
import type { AnsweredPrompt, ModelStanding, ShownEvaluation, VoterStandings } from '../../main/shared/contract/evaluations-contract.ts'
import { toCsv } from '../../renderer/components/charts/chart-table.ts'
import { answersTable, outcomeText, resultsTable } from '../../renderer/features/evaluate/answers-table.ts'
import { winRateMatrix } from '../../renderer/features/evaluate/matrix.ts'
import { comparableVoters } from '../../renderer/features/evaluate/standing-words.ts'

const run = { id: 'r-1', name: 'demo' }
const compared = (
  model: string,
  against: string,
  win_rate: number,
  at = '2026-01-01',
  changes: Partial<ShownEvaluation> = {},
): ShownEvaluation => ({
  ...{ id: 1, run, kind: 'head-to-head', model, against, judge: 'M1', title: '', settings: null, status: 'finished' },
  ...{ done: 1, total: 1, seconds: 1, error: null, createdAt: at, finishedAt: at, engineUsage: [] },
  result: { win_rate, low: win_rate - 0.1, high: win_rate + 0.1, n: 90, unreadable: 10 },
  ...changes,
})

describe('strengths side by side', () => {
  const voter = (key: string, ...models: string[]): VoterStandings => ({
    ...{ key, name: key, kind: 'judge', comparisons: 9, unreadable: 0, reasons: [] },
    models: models.map((model) => ({ model, label: model }) as ModelStanding),
  })

  it('are those of voters that have compared the same models', () => {
    const voters = [voter('users', 'a', 'b'), voter('judge of a and c', 'a', 'c'), voter('judge of others', 'd', 'e')]
    expect(comparableVoters(voters).map(({ key }) => key)).toEqual(['users', 'judge of a and c'])
    expect(comparableVoters(voters.slice(1))).toEqual([])
  })
})

describe('the matrix of win rates', () => {
  it('shows each comparison from both sides', () => {
    const { models, cellOf } = winRateMatrix([compared('M2', 'M1', 0.6), compared('M3', 'M2', 0.7)])
    expect(models).toEqual(['M1 of demo', 'M2 of demo', 'M3 of demo'])
    expect(cellOf('M2 of demo', 'M1 of demo')?.rate).toBe(0.6)
    expect(cellOf('M1 of demo', 'M2 of demo')?.rate).toBeCloseTo(0.4)
    expect(cellOf('M1 of demo', 'M2 of demo')).toMatchObject({ by: 'by M1, 10 unreadable', about: '95%: 30% to 50%; n = 90' })
    expect(cellOf('M1 of demo', 'M3 of demo')).toBeUndefined()
  })

  it('takes the newest of several measurements, in whichever order the models were named, and says so', () => {
    const { cellOf } = winRateMatrix([compared('M2', 'M1', 0.6), compared('M1', 'M2', 0.2, '2026-02-01')])
    const cell = cellOf('M2 of demo', 'M1 of demo')
    expect(cell?.rate).toBeCloseTo(0.8)
    expect(cell?.about).toContain('the newest of 2 measurements')
  })

  it('doesn’t mix up models of the same name in different runs, and leaves out what has no win rate', () => {
    const other = { run: { id: 'r-2', name: 'other' } }
    const unread = compared('M4', 'M1', 0.5, '2026-01-01', { result: { win_rate: null } })
    expect(winRateMatrix([compared('M2', 'M1', 0.6), compared('M2', 'M1', 0.7, '2026-01-01', other), unread]).models).toHaveLength(4)
  })
})

describe('a table of results', () => {
  it('never turns a model’s text into a formula of a spreadsheet, and keeps negative numbers', () => {
    expect(toCsv({ columns: ['a'], rows: [['=HYPERLINK("x")'], ['- a list'], [-0.5], ['+1']] })).toBe(
      'a\r\n"\'=HYPERLINK(""x"")"\r\n\'- a list\r\n-0.5\r\n\'+1\r\n',
    )
  })

  it('of answers has a row per answer, with the model that the judge preferred in each order', () => {
    const verdict = { model: 'M2', against: 'M1', judge: 'M1', text: '' }
    const row: AnsweredPrompt = {
      ...{ position: 0, instruction: 'Why?' },
      answers: [
        { model: 'M2', text: 'Because.', tokens: 3, opinions: [{ judge: 'M1', score: 4, text: '' }] },
        { model: 'M1', text: '', tokens: null, opinions: [] },
      ],
      verdicts: [
        { ...verdict, swapped: false, verdict: 'A' },
        { ...verdict, swapped: true, verdict: 'A' },
      ],
    }
    expect(row.verdicts.map(outcomeText)).toEqual(['M2', 'M1'])
    expect(answersTable([row]).rows).toEqual([
      [1, 'Why?', 'M2', 'Because.', 3, '4', 'M2', 'M1'],
      [1, 'Why?', 'M1', '', null, '', 'M2', 'M1'],
    ])
  })

  it('of results has a column for every figure', () => {
    const { columns, rows } = resultsTable([compared('M2', 'M1', 0.6)])
    expect(columns.slice(6)).toEqual(['win_rate', 'low', 'high', 'n', 'unreadable'])
    expect(rows[0].slice(0, 7)).toEqual(['M2', 'head-to-head', 'M1', 'M1', 'demo (r-1)', '2026-01-01', 0.6])
  })
})
