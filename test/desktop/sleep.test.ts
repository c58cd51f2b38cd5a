import { expect, test } from 'vitest'
import type { RunKeeper } from '../../main/api/run-keeper.ts'
import { sleepWell } from '../../main/desktop/sleep.ts'

function fakeKeeper(paused: Promise<void> = Promise.resolve()) {
  const done: string[] = []
  let active = ['abc']
  const keeper = {
    active: () => active,
    async pause(id: string) {
      done.push(`pause ${id}`)
      await paused
      active = []
    },
    start(id: string) {
      done.push(`start ${id}`)
    },
  } as unknown as RunKeeper
  return { done, sleep: sleepWell(keeper, () => {}) }
}

test('a run that is active pauses before the machine sleeps and goes on when it is back', async () => {
  const { done, sleep } = fakeKeeper()
  sleep.suspend()
  sleep.suspend() // some systems say it twice
  expect(done).toEqual(['pause abc'])
  await sleep.resume()
  expect(done).toEqual(['pause abc', 'start abc'])
})

test('a run whose unit of work lasts longer than the night goes on after that unit', async () => {
  const unit = Promise.withResolvers<void>()
  const { done, sleep } = fakeKeeper(unit.promise)
  sleep.suspend()
  const back = sleep.resume()
  expect(done).toEqual(['pause abc'])
  unit.resolve()
  await back
  expect(done).toEqual(['pause abc', 'start abc'])
})

test('a machine that wakes without having worked starts nothing', async () => {
  const { done, sleep } = fakeKeeper()
  await sleep.resume()
  expect(done).toEqual([])
})

test('a run that cannot pause or start does not keep others from going on', async () => {
  const { sleep } = fakeKeeper(Promise.reject(new Error('no')))
  sleep.suspend()
  await expect(sleep.resume()).resolves.toBeUndefined()
})
