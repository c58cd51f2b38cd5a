import { expect, test } from 'vitest'
import { modelNumber } from '../../main/shared/model-number.ts'

test.each([
  ['M0', 0],
  ['M12', 12],
  ['SFT', null],
  ['M2@200', null],
  ['M', null],
  ['XM1', null],
])('the number of the model %s is %j', (name, number) => {
  expect(modelNumber(name)).toBe(number)
})
