import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { leaseToken } from '../support/job-state.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { type TinyQueue, tinyQueue } from '../support/tiny-queue.ts'
import { createTinyRun } from '../support/tiny-run.ts'

let tiny: TinyQueue
beforeEach(() => {
  tiny = tinyQueue()
})
afterEach(() => tiny.end())

function confirmReview(id: string, iteration: number) {
  tiny.runs.confirmReview(id, iteration)
  return tiny.queue.start(id)
}

describe('on a full disk', () => {
  it('a run fails with the reason, which is shown and logged, and can start again once there is room', async () => {
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'candidates')
    tiny.disk.fill()
    await tiny.has(id, 'failed')
    const error = expect.objectContaining({ code: 'DISK_FULL', remedy: expect.stringContaining('nothing is lost') })
    expect(tiny.listed(id).error).toEqual(error)
    expect(tiny.runs.show(id)).toMatchObject({ status: 'failed', error })
    expect(tiny.logged.join('\n')).toContain("couldn't grow")
    expect(() => tiny.queue.start(id)).toThrow(expect.objectContaining({ code: 'DISK_FULL' })) // still full: an error, and the status stays
    expect(tiny.listed(id).status).toBe('failed')
    tiny.disk.makeRoom()
    expect(tiny.queue.start(id)).toEqual({ state: 'started', after: null })
    await tiny.has(id, 'finished')
    expect(leaseToken(tiny.store, id)).toBeNull()
  })

  it('an unsaved end is stored automatically once there is room', async () => {
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'baseline')
    tiny.disk.fill()
    await tiny.has(id, 'failed')
    tiny.disk.makeRoom()
    await tiny.until(() => leaseToken(tiny.store, id) === null && tiny.store.jobs.unsaved(id) === undefined)
    expect(tiny.store.runs.find(id)).toMatchObject({ status: 'failed', error: { code: 'DISK_FULL' } })
    expect(tiny.store.events.after(id, 0).at(-1)?.event).toMatchObject({ kind: 'status', status: 'failed' })
  })

  it('a pause always returns', async () => {
    tiny.engines.next = { itemMs: 5 }
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'candidates')
    tiny.disk.fill()
    await tiny.queue.pause(id)
    expect(tiny.listed(id).status).toBe('failed') // even the stop couldn't be stored
    await expect(tiny.queue.pause(id)).rejects.toMatchObject({ code: expect.stringMatching(/SQLITE_FULL|DISK_FULL/) }) // no process is running it, and the request can't be stored
    tiny.disk.makeRoom()
    await tiny.queue.pause(id)
    tiny.queue.start(id)
    await tiny.has(id, 'finished')
  })
})

describe('a start reports accurately', () => {
  it('that another process is running the run', () => {
    const id = createTinyRun(tiny.store, tiny.home)
    const token = tiny.store.jobs.reserve(id)
    expect(() => tiny.queue.start(id)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    tiny.store.jobs.release(id, token)
  })

  it('that the run is pausing', async () => {
    const id = createTinyRun(tiny.store, tiny.home)
    tiny.queue.start(id)
    await tiny.reaches(id, 'candidates')
    const paused = tiny.queue.pause(id)
    expect(() => tiny.queue.start(id)).toThrow(expect.objectContaining({ code: 'BUSY', message: expect.stringContaining('pausing') }))
    await paused
  })
})

describe('a run that is started during another one', () => {
  it('waits in the queue, with the name of the other, and starts when that one has ended', async () => {
    const first = createTinyRun(tiny.store, tiny.home)
    const [second, third] = [
      createTinyRun(tiny.store, tiny.home, { iterations: 1 }),
      createTinyRun(tiny.store, tiny.home, { iterations: 1, seed: 8 }),
    ]
    tiny.queue.start(first)
    expect(tiny.queue.start(second)).toEqual({ state: 'queued', after: { id: first, name: 'tiny' } })
    expect(tiny.queue.start(third).state).toBe('queued')
    expect(tiny.queue.start(second).state).toBe('queued') // a second start changes nothing, and it keeps its position
    expect([first, second, third].map((id) => tiny.listed(id).status)).toEqual(['running', 'queued', 'queued'])
    await tiny.has(second, 'running')
    expect(tiny.listed(first).status).toBe('finished')
    await tiny.has(third, 'finished')
    expect(tiny.store.runs.find(second)!.finishedAt! <= tiny.store.runs.find(third)!.finishedAt!).toBe(true)
  })

  it('leaves the queue when paused, and does not start', async () => {
    const [first, second] = [createTinyRun(tiny.store, tiny.home), createTinyRun(tiny.store, tiny.home)]
    tiny.queue.start(first)
    tiny.queue.start(second)
    await tiny.queue.pause(second)
    await tiny.has(first, 'finished')
    await tiny.queue.close()
    expect(tiny.listed(second)).toMatchObject({ status: 'created' })
  })

  it('does not start when the user pauses the other', async () => {
    const [first, second] = [createTinyRun(tiny.store, tiny.home), createTinyRun(tiny.store, tiny.home)]
    tiny.queue.start(first)
    tiny.queue.start(second)
    await tiny.queue.pause(first)
    expect(tiny.queue.active()).toEqual([])
    expect(tiny.listed(second)).toMatchObject({ status: 'queued' })
  })

  it('keeps its position over a restart, which starts nothing by itself', async () => {
    const [first, second] = [createTinyRun(tiny.store, tiny.home), createTinyRun(tiny.store, tiny.home, { iterations: 1 })]
    tiny.queue.start(first)
    tiny.queue.start(second)
    await tiny.restart()
    expect(tiny.queue.active()).toEqual([])
    expect(tiny.listed(second).status).toBe('queued')
    tiny.queue.start(first)
    await tiny.has(second, 'finished')
  })

  it('does not block the next one after it has been removed', async () => {
    const [first, second, third] = [0, 1, 2].map((seed) => createTinyRun(tiny.store, tiny.home, { iterations: 1, seed }))
    tiny.queue.start(first)
    tiny.queue.start(second)
    tiny.queue.start(third)
    tiny.runs.remove(second)
    await tiny.has(third, 'finished')
  })
})

describe('a run that waits for review', () => {
  it('does not train when it is started, and says that it waits', async () => {
    const id = tiny.waitingRun()
    tiny.queue.start(id)
    await tiny.has(id, 'waiting-for-review')
    const refusal = { code: 'BAD_INPUT', message: expect.stringContaining('is waiting for your review of iteration 1') }
    expect(() => tiny.queue.start(id)).toThrow(expect.objectContaining(refusal))
    await expect(tiny.runs.work(id, { startEngine: async () => standInEngine(tiny.engines.next) })).rejects.toMatchObject(refusal)
    expect(tiny.listed(id).status).toBe('waiting-for-review')
    expect(tiny.store.models.find(id, 'M2')).toBeUndefined()
  })

  it('continues when the review of that iteration is confirmed, and of no other', async () => {
    const id = tiny.waitingRun()
    expect(() => confirmReview(id, 1)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' })) // not waiting
    tiny.queue.start(id)
    await tiny.has(id, 'waiting-for-review')
    expect(() => confirmReview(id, 2)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(tiny.listed(id).status).toBe('waiting-for-review')
    expect(confirmReview(id, 1).state).toBe('started')
    await tiny.has(id, 'finished')
  })

  it('remembers the confirmation after the training is interrupted and the application is closed', async () => {
    const id = tiny.waitingRun()
    tiny.queue.start(id)
    await tiny.has(id, 'waiting-for-review')
    confirmReview(id, 1)
    await tiny.restart()
    if (tiny.listed(id).status !== 'finished') tiny.queue.start(id)
    await tiny.has(id, 'finished')
  })

  it('waits again in each iteration', async () => {
    const id = createTinyRun(tiny.store, tiny.home, { review: { wait: true } })
    tiny.queue.start(id)
    await tiny.until(() => tiny.listed(id).status === 'waiting-for-review')
    confirmReview(id, 1)
    await tiny.until(() => tiny.listed(id).status === 'waiting-for-review' && tiny.listed(id).iteration === 2)
    expect(() => tiny.queue.start(id)).toThrow(expect.objectContaining({ message: expect.stringContaining('iteration 2') }))
  })

  it('continues when started after waiting was turned off', async () => {
    const id = tiny.waitingRun()
    tiny.queue.start(id)
    await tiny.has(id, 'waiting-for-review')
    tiny.runs.setReviewWait(id, false)
    tiny.queue.start(id)
    await tiny.has(id, 'finished')
  })
})
