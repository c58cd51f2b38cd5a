import { expect, test } from 'vitest'
import { type Opinion, reviewerAgreement } from '../../main/evaluation/reviewer-agreement.ts'

const opinions = (reviewer: string, decisions: Readonly<Record<number, string>>): Opinion[] =>
  Object.entries(decisions).map(([pairId, decision]) => ({ pairId: Number(pairId), reviewer, decision }))

test('two reviewers are compared on the pairs that both have decided', () => {
  const all = [
    ...opinions('Ada', { 1: 'agree', 2: 'swap', 3: 'tie', 9: 'agree' }),
    ...opinions('Bo', { 1: 'agree', 2: 'swap', 3: 'swap', 8: 'tie' }),
  ]
  expect(reviewerAgreement(all)).toEqual([{ a: 'Ada', b: 'Bo', n: 3, share: 2 / 3, kappa: expect.closeTo(0.5, 10) }])
})

test('every two of several reviewers have a row, and those without a common pair have none', () => {
  const all = [
    ...opinions('A', { 1: 'agree' }),
    ...opinions('B', { 1: 'swap' }),
    ...opinions('C', { 1: 'agree' }),
    ...opinions('D', { 2: 'agree' }),
  ]
  expect(reviewerAgreement(all).map(({ a, b, share }) => [a, b, share])).toEqual([
    ['A', 'B', 0],
    ['A', 'C', 1],
    ['B', 'C', 0],
  ])
})
