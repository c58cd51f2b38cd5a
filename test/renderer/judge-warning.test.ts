import { expect, it } from 'vitest'
import type { ShownJudge, ShownProbe } from '../../main/shared/contract/probe-contract.ts'
import { aboutDuration } from '../../renderer/components/format.ts'
import { judgeWarning } from '../../renderer/features/new-run/judge-warning.ts'

const figures = (accuracy: number | null, low: number, high: number) => ({
  ...{ pairs: accuracy === null ? 0 : 40, accuracy, interval: { low, high }, ties: 0, unreadable: 0 },
})

const judged = (method: ShownJudge['method'], matched: ReturnType<typeof figures>): ShownJudge => ({
  ...{ method, done: 30, problem: null },
  judge: {
    ...{ method, isControl: method === 'random', all: figures(0.6, 0.55, 0.65), matched },
    ...{ flipRate: null, secondsPerAnswer: 1, tokensPerAnswer: 100 },
  },
})

const measured = (judges: ShownJudge[], changed: ShownJudge['method'][] = []): NonNullable<ShownProbe['measured']> => ({
  ...{ id: 1, status: 'finished', done: 30, total: 30, error: null, finishedAt: null, judges, recommended: null, changed },
})

const recipe = (method: string) => ({ judge: { method } })

it('a measured judge that isn’t better than chance on pairs of similar length has a warning with its figures', () => {
  const probe = measured([judged('yes', figures(0.534, 0.449, 0.618)), judged('pairwise', figures(0.7, 0.51, 0.84))])
  expect(judgeWarning(recipe('yes'), probe)).toBe(
    'Measured with this model: right on 53% of pairs of similar length (45% to 62%), which isn’t better than chance.',
  )
  expect(judgeWarning(recipe('pairwise'), probe)).toBeNull()
})

it('a judge that can’t work with the model has its problem as a warning', () => {
  const probe = measured([{ method: 'yes', done: 0, judge: null, problem: 'Yes and No start with the same token.' }])
  expect(judgeWarning(recipe('yes'), probe)).toContain('same token')
})

it.each([
  ['that wasn’t measured', recipe('ticks'), measured([judged('yes', figures(0.5, 0.4, 0.6))])],
  ['whose settings have changed since', recipe('yes'), measured([judged('yes', figures(0.5, 0.4, 0.6))], ['yes'])],
  ['without pairs of similar length', recipe('yes'), measured([judged('yes', figures(null, 0, 1))])],
  ['that is a control on purpose', recipe('random'), measured([judged('random', figures(0.5, 0.4, 0.6))])],
  ['before anything is measured', recipe('yes'), null],
])('a judge %s has none', (_, document, probe) => {
  expect(judgeWarning(document, probe)).toBeNull()
})

it.each([
  [0, 'about 1 s'],
  [42, 'about 40 s'],
  [200, 'about 3 min'],
  [3300, 'about 60 min'],
  [9000, 'about 3 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(aboutDuration(seconds)).toBe(text)
})
