import { expect, test } from 'vitest'
import { labelAgreement } from '../../main/evaluation/label-agreement.ts'

test('a judge is compared with users by accuracy and kappa, next to a constant judge and length', () => {
  const users = ['A', 'A', 'A', 'B', 'tie']
  const judge = ['A', 'A', 'B', 'B', 'A']
  const longer = ['A', 'B', 'B', 'B', 'tie']
  const agreement = labelAgreement(judge, users, longer)
  // chance: 3/5 * 3/5 + 1/5 * 2/5 = 11/25
  expect(agreement).toMatchObject({ n: 5, accuracy: 0.6, constantAccuracy: 0.6, lengthAccuracy: 0.6 })
  expect(agreement.kappa).toBeCloseTo((0.6 - 11 / 25) / (1 - 11 / 25), 12)
  expect(agreement.interval.low).toBeLessThan(0.6)
})

test('a judge that always says the same has the constant judge’s accuracy and a kappa of 0', () => {
  const agreement = labelAgreement(['A', 'A', 'A', 'A'], ['A', 'A', 'A', 'B'], null)
  expect(agreement).toMatchObject({ accuracy: 0.75, constantAccuracy: 0.75, kappa: 0, lengthAccuracy: null, lengthKappa: null })
})

test.each([
  [[1, 2], ['1', '2'], /numbers and texts/],
  [[true], ['true'], /booleans and texts/],
  [['1', 1], ['1', '1'], /numbers and texts/],
  [[1], [1, 2], /1 labels on one side and 2/],
])('%j and %j are refused instead of compared', (judge, users, message) => {
  expect(() => labelAgreement(judge, users, null)).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }),
  )
})

test('without labels everything is null', () => {
  expect(labelAgreement([], [], [])).toMatchObject({ n: 0, accuracy: null, kappa: null, constantAccuracy: null, lengthAccuracy: null })
})
