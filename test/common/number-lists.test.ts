import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amongLargest, numberLists } from '../../main/common/number-lists.ts'

const seeded = { seed: 20261201 }

test('lists of numbers come back as they were added, empty ones too, and in a row', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.double(), { maxLength: 400 }), { maxLength: 12 }), (lists) => {
      const collected = numberLists()
      for (const list of lists) collected.add(list)
      expect([...collected].map((list) => [...list])).toEqual(lists)
      expect([...collected.all()]).toEqual(lists.flat())
    }),
    seeded,
  )
})

test('the largest of some numbers are those that sorting finds; of equal ones, the first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }), fc.nat({ max: 45 }), (numbers, count) => {
      const isKept = amongLargest(numbers, count)
      const kept = numbers.flatMap((value, i) => (isKept(value) ? [i] : []))
      const sorted = numbers.map((value, i) => ({ value, i })).toSorted((a, b) => b.value - a.value)
      const expected = sorted.slice(0, count).map(({ i }) => i)
      expect(kept).toEqual(expected.toSorted((a, b) => a - b))
    }),
    seeded,
  )
})
