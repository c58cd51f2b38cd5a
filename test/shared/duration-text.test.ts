import { expect, test } from 'vitest'
import { durationText } from '../../main/shared/duration-text.ts'

test('a duration has at most two units, and no more precision than a reader needs', () => {
  const texts = ['0.0 s', '3.2 s', '41 s', '1 min 0 s', '3 min 5 s', '10 min', '13 min', '59 min', '1 h 0 min', '2 h 10 min']
  expect([0, 3.24, 41.2, 59.7, 185, 600, 836, 3599, 3600, 7800].map(durationText)).toEqual(texts)
})
