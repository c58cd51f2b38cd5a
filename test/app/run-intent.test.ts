import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type JobKind, JobQueue } from '../../main/app/jobs/job-queue.ts'
import { liveEvents } from '../../main/app/runs/live-events.ts'
import { type RunsApi, runJobs, runsApi } from '../../main/app/runs/runs.ts'
import { stopAndKeep } from '../../main/app/runs/stop-and-keep.ts'
import { sleepWell } from '../../main/desktop/sleep.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import type { StageName } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { openFillableStore } from '../support/full-disk.ts'
import { leaseToken } from '../support/job-state.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let disk: ReturnType<typeof openFillableStore>
let store: Store
let runs: RunsApi
let queue: JobQueue
let engine: StandInOptions
const logged: string[] = []

beforeEach(() => {
  ;({ home, remove } = tinyHome())
  disk = openFillableStore(home)
  store = disk.store
  engine = { itemMs: 1 }
  logged.length = 0
  open()
})
afterEach(async () => {
  disk.makeRoom()
  await queue.close()
  store.close()
  remove()
})

/** What an application creates on its store at startup. */
function open(): void {
  runs = runsApi({ home, store })
  const log = (source: string, text: string): void => void logged.push(`${source}: ${text}`)
  const run = runJobs({ store, runs, live: liveEvents(store), checkersOf: () => [], startEngine: async () => standInEngine(engine), log })
  const none: JobKind = { ...run, begin: () => Promise.reject(new Error('no evaluations here')) as never }
  queue = new JobQueue({ store, kinds: { run, evaluation: none }, log })
}

function confirmReview(id: string, iteration: number) {
  runs.confirmReview(id, iteration)
  return queue.start(id)
}

const listed = (id: string) => runs.list().find((run) => run.id === id)!
const until = (condition: () => boolean): Promise<void> => vi.waitUntil(condition, { timeout: 60_000, interval: 2 }).then(() => {})
const reaches = (id: string, stage: StageName): Promise<void> => until(() => listed(id).stage === stage)
const has = (id: string, status: string): Promise<void> => until(() => listed(id).status === status)
const waitingRun = (): string => createTinyRun(store, home, { iterations: 1, review: { wait: true } })

describe('on a full disk', () => {
  it('a run fails with the reason, which is shown and logged, and can start again once there is room', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    disk.fill()
    await has(id, 'failed')
    const error = expect.objectContaining({ code: 'DISK_FULL', remedy: expect.stringContaining('nothing is lost') })
    expect(listed(id).error).toEqual(error)
    expect(runs.show(id)).toMatchObject({ status: 'failed', error })
    expect(logged.join('\n')).toContain("couldn't grow")
    expect(() => queue.start(id)).toThrow(expect.objectContaining({ code: 'DISK_FULL' })) // still full: an error, and the status stays
    expect(listed(id).status).toBe('failed')
    disk.makeRoom()
    expect(queue.start(id)).toEqual({ state: 'started', after: null })
    await has(id, 'finished')
    expect(leaseToken(store, id)).toBeNull()
  })

  it('an unsaved end is stored automatically once there is room', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'baseline')
    disk.fill()
    await has(id, 'failed')
    disk.makeRoom()
    await until(() => leaseToken(store, id) === null && store.jobs.unsaved(id) === undefined)
    expect(store.runs.find(id)).toMatchObject({ status: 'failed', error: { code: 'DISK_FULL' } })
    expect(store.events.after(id, 0).at(-1)?.event).toMatchObject({ kind: 'status', status: 'failed' })
  })

  it('a pause always returns', async () => {
    engine = { itemMs: 5 }
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    disk.fill()
    await queue.pause(id)
    expect(listed(id).status).toBe('failed') // even the stop couldn't be stored
    await expect(queue.pause(id)).rejects.toMatchObject({ code: expect.stringMatching(/SQLITE_FULL|DISK_FULL/) }) // no process is running it, and the request can't be stored
    disk.makeRoom()
    await queue.pause(id)
    queue.start(id)
    await has(id, 'finished')
  })
})

describe('a start reports accurately', () => {
  it('that another process is running the run', () => {
    const id = createTinyRun(store, home)
    const token = store.jobs.reserve(id)
    expect(() => queue.start(id)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    store.jobs.release(id, token)
  })

  it('that the run is pausing', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    const paused = queue.pause(id)
    expect(() => queue.start(id)).toThrow(expect.objectContaining({ code: 'BUSY', message: expect.stringContaining('pausing') }))
    await paused
  })
})

describe('a run that is started during another one', () => {
  it('waits in the queue, with the name of the other, and starts when that one has ended', async () => {
    const first = createTinyRun(store, home)
    const [second, third] = [createTinyRun(store, home, { iterations: 1 }), createTinyRun(store, home, { iterations: 1, seed: 8 })]
    queue.start(first)
    expect(queue.start(second)).toEqual({ state: 'queued', after: { id: first, name: 'tiny' } })
    expect(queue.start(third).state).toBe('queued')
    expect(queue.start(second).state).toBe('queued') // a second start changes nothing, and it keeps its position
    expect([first, second, third].map((id) => listed(id).status)).toEqual(['running', 'queued', 'queued'])
    await has(second, 'running')
    expect(listed(first).status).toBe('finished')
    await has(third, 'finished')
    expect(store.runs.find(second)!.finishedAt! <= store.runs.find(third)!.finishedAt!).toBe(true)
  })

  it('leaves the queue when paused, and does not start', async () => {
    const [first, second] = [createTinyRun(store, home), createTinyRun(store, home)]
    queue.start(first)
    queue.start(second)
    await queue.pause(second)
    await has(first, 'finished')
    await queue.close()
    expect(listed(second)).toMatchObject({ status: 'created' })
  })

  it('does not start when the user pauses the other', async () => {
    const [first, second] = [createTinyRun(store, home), createTinyRun(store, home)]
    queue.start(first)
    queue.start(second)
    await queue.pause(first)
    expect(queue.active()).toEqual([])
    expect(listed(second)).toMatchObject({ status: 'queued' })
  })

  it('keeps its position over a restart, which starts nothing by itself', async () => {
    const [first, second] = [createTinyRun(store, home), createTinyRun(store, home, { iterations: 1 })]
    queue.start(first)
    queue.start(second)
    await queue.close()
    open()
    expect(queue.active()).toEqual([])
    expect(listed(second).status).toBe('queued')
    queue.start(first)
    await has(second, 'finished')
  })

  it('does not block the next one after it has been removed', async () => {
    const [first, second, third] = [0, 1, 2].map((seed) => createTinyRun(store, home, { iterations: 1, seed }))
    queue.start(first)
    queue.start(second)
    queue.start(third)
    runs.remove(second)
    await has(third, 'finished')
  })
})

describe('a run that waits for review', () => {
  it('does not train when it is started, and says that it waits', async () => {
    const id = waitingRun()
    queue.start(id)
    await has(id, 'waiting-for-review')
    const refusal = { code: 'BAD_INPUT', message: expect.stringContaining('is waiting for your review of iteration 1') }
    expect(() => queue.start(id)).toThrow(expect.objectContaining(refusal))
    await expect(runs.work(id, { startEngine: async () => standInEngine(engine) })).rejects.toMatchObject(refusal)
    expect(listed(id).status).toBe('waiting-for-review')
    expect(store.models.find(id, 'M2')).toBeUndefined()
  })

  it('continues when the review of that iteration is confirmed, and of no other', async () => {
    const id = waitingRun()
    expect(() => confirmReview(id, 1)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' })) // not waiting
    queue.start(id)
    await has(id, 'waiting-for-review')
    expect(() => confirmReview(id, 2)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(listed(id).status).toBe('waiting-for-review')
    expect(confirmReview(id, 1).state).toBe('started')
    await has(id, 'finished')
  })

  it('remembers the confirmation after the training is interrupted and the application is closed', async () => {
    const id = waitingRun()
    queue.start(id)
    await has(id, 'waiting-for-review')
    confirmReview(id, 1)
    await queue.close()
    open()
    if (listed(id).status !== 'finished') queue.start(id)
    await has(id, 'finished')
  })

  it('waits again in each iteration', async () => {
    const id = createTinyRun(store, home, { review: { wait: true } })
    queue.start(id)
    await until(() => listed(id).status === 'waiting-for-review')
    confirmReview(id, 1)
    await until(() => listed(id).status === 'waiting-for-review' && listed(id).iteration === 2)
    expect(() => queue.start(id)).toThrow(expect.objectContaining({ message: expect.stringContaining('iteration 2') }))
  })

  it('continues when started after waiting was turned off', async () => {
    const id = waitingRun()
    queue.start(id)
    await has(id, 'waiting-for-review')
    runs.setReviewWait(id, false)
    queue.start(id)
    await has(id, 'finished')
  })
})

describe('the machine’s sleep', () => {
  const sleepOf = () => sleepWell(queue, () => {})

  it('pauses a run, which resumes on wake-up', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    const sleep = sleepOf()
    sleep.suspend()
    sleep.suspend() // some systems send it twice
    await has(id, 'paused')
    await sleep.resume()
    expect(queue.active()).toEqual([id])
    await has(id, 'finished')
  })

  it.each(['before', 'after'])('leaves a run paused that the user paused %s the lid was closed', async (when) => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    const sleep = sleepOf()
    if (when === 'after') sleep.suspend()
    const paused = queue.pause(id)
    if (when === 'before') sleep.suspend()
    await paused
    await sleep.resume()
    expect(queue.active()).toEqual([])
    expect(listed(id).status).toBe('paused')
  })

  it('does not train a run that reaches its review', async () => {
    const id = waitingRun()
    const sleep = sleepOf()
    const { begin } = store.stages
    store.stages.begin = (...stage) => {
      begin(...stage)
      if (stage[2] === 'review') sleep.suspend() // the lid is closed just before it waits
    }
    queue.start(id)
    await has(id, 'waiting-for-review')
    await sleep.resume()
    expect(queue.active()).toEqual([])
    expect(listed(id).status).toBe('waiting-for-review')
    expect(store.models.find(id, 'M2')).toBeUndefined()
  })

  it('starts nothing that has finished or failed by then', async () => {
    engine = { diesAfter: 0 }
    const id = createTinyRun(store, home)
    queue.start(id)
    const sleep = sleepOf()
    await has(id, 'failed')
    sleep.suspend()
    await sleep.resume()
    expect(queue.active()).toEqual([])
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

describe('a failed stop and keep', () => {
  it('is reported, and the next start resumes the run instead of ending it', async () => {
    let isEnding = false
    const die = (): void => {
      if (isEnding) throw new LaurelError('ENGINE_LOST', 'The engine process died.', 'Resume the run.')
    }
    engine = { itemMs: 10, onItem: die }
    const id = createTinyRun(store, home)
    queue.start(id)
    await until(() => store.metrics.lastStep(store.trainings.find(id, 'M1')?.id ?? -1) > 0)
    isEnding = true
    await expect(stopAndKeep(store, queue, id)).rejects.toMatchObject({
      code: 'ENGINE_LOST',
      remedy: expect.stringContaining('choose Stop and keep again'),
    })
    expect(listed(id)).toMatchObject({ status: 'failed', ended_early: false })
    engine = {}
    queue.start(id)
    await has(id, 'finished')
    expect(listed(id)).toMatchObject({ ended_early: false, iteration: 2 })
  })

  it('is forgotten at the next start if its process was killed, and the log says so', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    await queue.pause(id)
    store.jobs.request(id, 'end') // as a killed process leaves it
    queue.start(id)
    await has(id, 'finished')
    expect(listed(id).ended_early).toBe(false)
    const notes = store.events.after(id, 0).map(({ event }) => (event as { text?: string }).text ?? '')
    expect(notes).toContainEqual(expect.stringContaining("didn't complete"))
  })

  it('still ends the run if the user paused it at the same moment', async () => {
    const id = createTinyRun(store, home)
    queue.start(id)
    await reaches(id, 'candidates')
    const paused = queue.pause(id)
    await stopAndKeep(store, queue, id)
    await paused
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })
})
