import { expect, test } from 'vitest'
import { inTurns, runSteps } from '../../main/common/steps.ts'

function* counting(to: number): Generator<void, number> {
  let sum = 0
  for (let i = 1; i <= to; i++) {
    sum += i
    yield
  }
  return sum
}

test('steps come to the same at one go and in turns', async () => {
  expect(runSteps(counting(100))).toBe(5050)
  expect(await inTurns(counting(100))).toBe(5050)
  expect(runSteps(counting(0))).toBe(0)
})

test('other work has its turn between steps that take long', async () => {
  const order: string[] = []
  function* long(): Generator<void, void> {
    for (const name of ['first', 'second']) {
      order.push(name)
      for (const begin = performance.now(); performance.now() - begin < 25; ); // as long as a step of a large run
      yield
    }
  }
  setImmediate(() => order.push('other'))
  await inTurns(long())
  expect(order).toEqual(['first', 'other', 'second'])
})
