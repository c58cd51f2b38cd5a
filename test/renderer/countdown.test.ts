import { expect, test } from 'vitest'
import { secondsAfter } from '../../renderer/features/run/use-countdown.ts'

test('what is left of a step goes on falling until the next report, to nothing and not below; what is not known stays so', () => {
  expect([0, 10, 79, 100].map((passed) => secondsAfter(80, passed))).toEqual([80, 70, 1, 0])
  expect(secondsAfter(null, 5)).toBeNull()
  expect(secondsAfter(undefined, 5)).toBeNull()
})
