import { expect, test } from 'vitest'
import { secondsAfter } from '../../renderer/features/run/use-countdown.ts'

test('the time left counts down to 0 until the next report; an unknown time stays unknown', () => {
  expect([0, 10, 79, 100].map((passed) => secondsAfter(80, passed))).toEqual([80, 70, 1, 0])
  expect(secondsAfter(null, 5)).toBeNull()
  expect(secondsAfter(undefined, 5)).toBeNull()
})
