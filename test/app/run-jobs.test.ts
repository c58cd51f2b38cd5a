import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Application } from '../../main/app/application.ts'
import { evaluationJobs } from '../../main/app/evaluations/evaluation-jobs.ts'
import { JobQueue } from '../../main/app/jobs/job-queue.ts'
import { appRouter } from '../../main/app/router.ts'
import { runJobs } from '../../main/app/runs/runs.ts'
import { stopAndKeep } from '../../main/app/runs/stop-and-keep.ts'
import { homePaths } from '../../main/common/home.ts'
import type { StageName } from '../../main/shared/run-events.ts'
import { repositoryFile } from '../support/shared.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { tinyApplication } from '../support/tiny-application.ts'
import { createTinyRun } from '../support/tiny-run.ts'

let tiny: ReturnType<typeof tinyApplication>
let application: Application
beforeEach(() => {
  tiny = tinyApplication()
  application = tiny.application
})
afterEach(() => tiny.end())

/** The kinds of another queue on the same store. */
const kindsOf = ({ store, runs, live, bench }: Application) => ({
  run: runJobs({ store, runs, live, startEngine: async () => standInEngine(), checkersOf: () => [] }),
  evaluation: evaluationJobs({ store, bench, openEngine: async () => standInEngine(), checkersOf: () => [] }),
})

describe('starting a run', () => {
  it('twice starts it once', async () => {
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    application.queue.start(id)
    expect(tiny.listed(id).status).toBe('running')
    await tiny.finish(id)
    expect(tiny.engines.started).toBe(1)
  })

  it('shows it as running, even if another thread reads the store for the UI', async () => {
    tiny.engines.next = { itemMs: 200 }
    const id = await tiny.startedIn(0, 'baseline')
    const client = createRouterClient(appRouter(application))
    expect(await client.runs.list()).toEqual([expect.objectContaining({ id, status: 'running' })])
    expect(await client.runs.show({ id })).toMatchObject({ status: 'running' })
    await application.queue.pause(id)
    const end = { state: 'failed', error: { code: 'DISK_FULL', message: 'full', remedy: 'Free disk space.' } } as const
    application.store.jobs.holdUnsaved(id, end) // shown even though it isn't in the database
    expect(await client.runs.list()).toEqual([expect.objectContaining({ id, status: 'failed', error: end.error })])
    expect(await client.runs.show({ id })).toMatchObject({ status: 'failed', error: end.error })
  })

  it('whose engines die at the same place shows the last one’s output until the run continues', async () => {
    tiny.engines.next = { diesAfter: 0 }
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await tiny.until(() => tiny.listed(id).status === 'failed')
    expect(tiny.listed(id).error).toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('last words of the engine') })
    tiny.engines.next = {}
    application.queue.start(id)
    expect(tiny.listed(id)).toMatchObject({ status: 'running', error: null })
    await tiny.finish(id)
  })

  it('whose engine dies once continues in a new one without the user', async () => {
    tiny.engines.next = { diesAfter: 30 }
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await tiny.until(() => tiny.engines.started === 1)
    tiny.engines.next = {}
    await tiny.finish(id)
    expect(tiny.engines.started).toBe(2)
  })
})

describe('pausing a run', () => {
  const places: [number, StageName][] = [
    [0, 'baseline'],
    [0, 'eft'],
    [0, 'train'],
    [0, 'evaluate'],
    [1, 'prompts'],
    [1, 'candidates'],
    [1, 'judgements'],
    [2, 'train'],
  ]
  it.each(places)('in iteration %i, stage %s, stops it there, and resuming finishes it', async (iteration, stage) => {
    const id = await tiny.startedIn(iteration, stage)
    const pausing = application.queue.pause(id)
    expect(tiny.listed(id).status).toBe('pausing')
    await pausing
    expect(tiny.listed(id)).toMatchObject({ status: 'paused' })
    application.queue.start(id)
    await tiny.finish(id)
    expect(tiny.listed(id).ended_early).toBe(false)
  })

  it('that is not running has no effect', async () => {
    const id = createTinyRun(application.store, tiny.home)
    await application.queue.pause(id)
    expect(tiny.listed(id).status).toBe('created')
  })
})

describe('a run that stops on a warning', () => {
  it('lets the next one in the queue start, and resumes only when the user starts it', async () => {
    const guarded = createTinyRun(application.store, tiny.home, { guards: { stop_on: ['few-pairs'] }, iterations: 1 })
    const next = createTinyRun(application.store, tiny.home, { iterations: 1 })
    application.queue.start(guarded)
    application.queue.start(next)
    await tiny.finish(next)
    expect(tiny.listed(guarded).status).toBe('paused')
    expect(application.queue.wake(guarded)).toBe(false) // as after a sleep
    application.queue.start(guarded)
    await tiny.finish(guarded)
  })
})

describe('a run that is to start after another one', () => {
  it('waits until that one has finished, whatever else is in the queue', async () => {
    const first = createTinyRun(application.store, tiny.home, { iterations: 1 })
    const follower = createTinyRun(application.store, tiny.home, { iterations: 1 })
    const other = createTinyRun(application.store, tiny.home, { iterations: 1 })
    expect(application.queue.startAfter(follower, first)).toEqual({ state: 'queued', after: { id: first, name: 'tiny' } })
    expect(tiny.listed(follower)).toMatchObject({ status: 'queued', after: { id: first } })
    application.queue.start(other)
    await tiny.finish(other)
    expect(tiny.listed(follower).status).toBe('queued')
    application.queue.start(first)
    await tiny.finish(follower)
    expect(tiny.listed(first).status).toBe('finished')
    expect(tiny.listed(follower).after).toBeNull()
  })

  it('keeps waiting if that one fails, and starts when a terminal has finished it', async () => {
    tiny.engines.next = { diesAfter: 0 }
    const first = createTinyRun(application.store, tiny.home, { iterations: 1 })
    const follower = createTinyRun(application.store, tiny.home, { iterations: 1 })
    application.queue.startAfter(follower, first)
    application.queue.start(first)
    await tiny.until(() => tiny.listed(first).status === 'failed')
    expect(tiny.listed(follower).status).toBe('queued')
    tiny.engines.next = {}
    const queue = new JobQueue({ store: application.store, kinds: kindsOf(application), retryMs: 5 })
    queue.launch() // as after a restart
    await application.runs.work(first, { startEngine: async () => standInEngine() })
    await tiny.finish(follower)
  })

  it('is refused if that one has finished, or waits for this run itself', async () => {
    const [a, b, c] = [1, 2, 3].map(() => createTinyRun(application.store, tiny.home, { iterations: 1 }))
    application.queue.startAfter(b, a)
    application.queue.startAfter(c, b)
    expect(() => application.queue.startAfter(a, c)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => application.queue.startAfter(a, a)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    application.queue.start(a)
    await tiny.finish(c)
    const late = createTinyRun(application.store, tiny.home)
    expect(() => application.queue.startAfter(late, a)).toThrowError(expect.objectContaining({ message: 'tiny has already finished.' }))
  })

  it('starts without it if that one is removed', async () => {
    const [first, follower, other] = [1, 2, 3].map(() => createTinyRun(application.store, tiny.home, { iterations: 1 }))
    application.queue.startAfter(follower, first)
    await application.runs.remove(first)
    expect(tiny.listed(follower)).toMatchObject({ status: 'queued', after: null })
    application.queue.start(other)
    await tiny.finish(follower)
  })
})

describe('the queue', () => {
  it('takes the run first that the user has moved to the front', async () => {
    const ids = [1, 2, 3].map(() => createTinyRun(application.store, tiny.home, { iterations: 1 }))
    for (const id of ids) application.queue.start(id)
    application.store.jobs.toFront(ids[2])
    expect(application.store.jobs.queued().map(({ id }) => id)).toEqual([ids[2], ids[1]])
    await tiny.finish(ids[1])
    expect(tiny.listed(ids[2]).status).toBe('finished')
  })
})

describe('a run in another process', () => {
  /** The run in a process of its own, slow enough to be still running. */
  async function elsewhere(id: string) {
    const child = spawn(process.execPath, [repositoryFile('test/support/tiny-run-worker.ts'), tiny.home, id, '5'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    for await (const _ of createInterface(child.stdout)) break
    child.stdout.resume()
    return { gone }
  }

  it('is shown as running, cannot be started here, and pauses on request', async () => {
    const id = createTinyRun(application.store, tiny.home)
    const { gone } = await elsewhere(id)
    expect(tiny.listed(id).status).toBe('running')
    expect(() => application.queue.start(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    await application.queue.pause(id)
    await gone
    expect(tiny.listed(id).status).toBe('paused')
    application.queue.start(id)
    await tiny.finish(id)
  })

  it('ends early on request', async () => {
    const id = createTinyRun(application.store, tiny.home)
    const { gone } = await elsewhere(id)
    await stopAndKeep(application.store, application.queue, id)
    await gone
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })
})

describe('a run’s row', () => {
  it('has tags and a note, without empty and repeated ones', () => {
    const id = createTinyRun(application.store, tiny.home)
    application.runs.describe(id, { tags: ['lr sweep', ' lr sweep ', 'keep\n', ''], note: ' judged by M1\nonly ' })
    expect(tiny.listed(id)).toMatchObject({ tags: ['lr sweep', 'keep'], note: 'judged by M1\nonly' })
  })

  it('can be renamed', () => {
    const id = createTinyRun(application.store, tiny.home)
    application.runs.rename(id, 'shorter answers')
    expect(tiny.listed(id).name).toBe('shorter answers')
  })

  it('can be removed with everything that belongs to it, but not while it is running', async () => {
    const id = await tiny.startedIn(1, 'prompts')
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    await application.queue.pause(id)
    await application.runs.remove(id)
    expect(application.runs.list()).toEqual([])
    expect(existsSync(homePaths(tiny.home).run(id))).toBe(false)
    expect(application.store.examples.ofKind(id, 'ift')).toEqual([])
  })

  it('is not removed while another run starts from one of its models', async () => {
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await tiny.finish(id)
    const dependent = createTinyRun(application.store, tiny.home, { base_model: application.store.models.find(id, 'M3')!.path })
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ message: expect.stringContaining(dependent) }))
    await application.runs.remove(dependent)
    await application.runs.remove(id)
  })

  it('turns waiting for review on and off while it is running', async () => {
    const id = await tiny.startedIn(0, 'baseline')
    application.runs.setReviewWait(id, true)
    await tiny.until(() => tiny.listed(id).status === 'waiting-for-review')
    application.runs.setReviewWait(id, false)
    application.queue.start(id)
    await tiny.finish(id)
    expect(tiny.listed(id)).toMatchObject({ review_wait: false, rewards: [expect.any(Number), expect.any(Number)] })
    expect(tiny.listed(id).win_rate).toMatchObject({ model: 'M3', against: 'M1', n: 3 })
  })
})
