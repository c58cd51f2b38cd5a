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

/** Two steps as long as those of a large run. */
function* long(order: string[]): Generator<void, void> {
  for (const name of ['first', 'second']) {
    order.push(name)
    for (const begin = performance.now(); performance.now() - begin < 25; );
    yield
  }
}

test('other work has its turn between steps that take long', async () => {
  const order: string[] = []
  setImmediate(() => order.push('other'))
  await inTurns(long(order))
  expect(order).toEqual(['first', 'other', 'second'])
})

test('no step follows once the user stops', async () => {
  const order: string[] = []
  const stop = new AbortController()
  setImmediate(() => stop.abort())
  await expect(inTurns(long(order), stop.signal)).rejects.toMatchObject({ code: 'STOPPED' })
  expect(order).toEqual(['first'])
})
