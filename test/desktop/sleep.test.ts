import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sleepWell } from '../../main/desktop/sleep.ts'
import { type TinyQueue, tinyQueue } from '../support/tiny-queue.ts'
import { createTinyRun } from '../support/tiny-run.ts'

let tiny: TinyQueue
beforeEach(() => {
  tiny = tinyQueue()
})
afterEach(() => tiny.end())

describe('the machine’s sleep', () => {
  const sleepOf = () => sleepWell(tiny.queue, () => {})

  it('pauses a run, which resumes on wake-up', async () => {
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'candidates')
    const sleep = sleepOf()
    sleep.suspend()
    sleep.suspend() // some systems send it twice
    await tiny.has(id, 'paused')
    await sleep.resume()
    expect(tiny.queue.active()).toEqual([id])
    await tiny.has(id, 'finished')
  })

  it.each(['before', 'after'])('leaves a run paused that the user paused %s the lid was closed', async (when) => {
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'candidates')
    const sleep = sleepOf()
    if (when === 'after') sleep.suspend()
    const paused = tiny.queue.pause(id)
    if (when === 'before') sleep.suspend()
    await paused
    await sleep.resume()
    expect(tiny.queue.active()).toEqual([])
    expect(tiny.listed(id).status).toBe('paused')
  })

  it('does not train a run that reaches its review', async () => {
    const id = tiny.waitingRun()
    const sleep = sleepOf()
    const { begin } = tiny.store.stages
    tiny.store.stages.begin = (...stage) => {
      begin(...stage)
      if (stage[2] === 'review') sleep.suspend() // the lid is closed just before it waits
    }
    tiny.queue.start(id)
    await tiny.has(id, 'waiting-for-review')
    await sleep.resume()
    expect(tiny.queue.active()).toEqual([])
    expect(tiny.listed(id).status).toBe('waiting-for-review')
    expect(tiny.store.models.find(id, 'M2')).toBeUndefined()
  })

  it('starts nothing that has finished or failed by then', async () => {
    tiny.engines.next = { diesAfter: 0 }
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    const sleep = sleepOf()
    await tiny.has(id, 'failed')
    sleep.suspend()
    await sleep.resume()
    expect(tiny.queue.active()).toEqual([])
  })

  it('still wakes the other runs if one of them fails', async () => {
    const done: string[] = []
    const fake = {
      active: () => ['a', 'b'],
      rest: (id: string) => (id === 'a' ? Promise.reject(new Error('no')) : Promise.resolve(true)),
      wake: (id: string) => done.push(id) > 0,
    }
    const sleep = sleepWell(fake, () => {})
    sleep.suspend()
    await sleep.resume()
    expect(done).toEqual(['b'])
  })
})
