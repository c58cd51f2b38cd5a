import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { resultBatches } from '../../../main/engine/process/result-batcher.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function collected() {
  const sent: unknown[][] = []
  return { sent, batches: resultBatches(async (items) => void sent.push(items)) }
}

test('a burst leaves before the work of the next turn, which may take seconds', async () => {
  const { sent, batches } = collected()
  await batches.push(1)
  await batches.push(2)
  await batches.push(3)
  expect(sent).toEqual([[1]])
  await setImmediate()
  expect(sent).toEqual([[1], [2, 3]])
})

test('what follows a burst within 50 milliseconds is sent together', async () => {
  const { sent, batches } = collected()
  await batches.push(1)
  await batches.push(2)
  await setImmediate()
  await batches.push(3)
  await setImmediate()
  await batches.push(4)
  await setImmediate()
  expect(sent).toEqual([[1], [2]])
  vi.advanceTimersByTime(50)
  expect(sent).toEqual([[1], [2], [3, 4]])
})

test.each([
  ['in turns of its own', 41, () => setImmediate()],
  ['in one turn', 21, async () => {}],
])('one item per millisecond for a second, %s, makes at most %i messages and loses none', async (_, most, endTurn) => {
  const { sent, batches } = collected()
  for (let i = 0; i < 1000; i++) {
    await batches.push(i)
    vi.advanceTimersByTime(1)
    await endTurn()
  }
  await batches.flush()
  expect(sent.length).toBeLessThanOrEqual(most)
  expect(sent.flat()).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

test('the last items do not wait', async () => {
  const { sent, batches } = collected()
  await batches.push(1)
  await batches.push(2)
  await batches.flush()
  expect(sent).toEqual([[1], [2]])
  vi.advanceTimersByTime(1000)
  expect(sent).toHaveLength(2)
})

test('a producer waits for the channel', async () => {
  const { promise: taken, resolve: take } = Promise.withResolvers<void>()
  const batches = resultBatches(() => taken)
  let pushed = false
  const push = batches.push(1).then(() => {
    pushed = true
  })
  await Promise.resolve()
  expect(pushed).toBe(false)
  take()
  await push
  expect(pushed).toBe(true)
})
