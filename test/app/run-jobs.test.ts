import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Application, openApplication } from '../../main/app/application.ts'
import { evaluationJobs } from '../../main/app/evaluations/evaluation-jobs.ts'
import { JobQueue } from '../../main/app/jobs/job-queue.ts'
import { appRouter } from '../../main/app/router.ts'
import { runJobs } from '../../main/app/runs/runs.ts'
import { stopAndKeep } from '../../main/app/runs/stop-and-keep.ts'
import { homePaths } from '../../main/common/home.ts'
import type { RunEvent, StageName } from '../../main/shared/run-events.ts'
import { repositoryFile } from '../support/shared.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let application: Application
let engine: StandInOptions = {}
let enginesStarted = 0

beforeEach(() => {
  ;({ home, remove } = tinyHome())
  engine = {}
  enginesStarted = 0
  application = openApplication({
    ...{ home, surface: 'browser', version: '0', checkersOf: () => [] },
    startEngine: async () => {
      enginesStarted++
      return standInEngine({ itemMs: 1, ...engine })
    },
  })
})
afterEach(async () => {
  await application.close()
  remove()
})

const listed = (id: string) => application.runs.list().find((run) => run.id === id)!
const kinds = (id: string): string[] => application.store.events.after(id, 0).map(({ event }) => (event as RunEvent).kind)
const until = (condition: () => boolean): Promise<void> => vi.waitUntil(condition, { timeout: 60_000, interval: 2 }).then(() => {})
const finish = (id: string): Promise<void> => until(() => listed(id).status === 'finished')
const isIn = (id: string, iteration: number, stage: StageName) => () => listed(id).iteration === iteration && listed(id).stage === stage

/** Starts a run and waits until it has reached a stage. */
async function startedIn(iteration: number, stage: StageName, changes = {}): Promise<string> {
  const id = createTinyRun(application.store, home, changes)
  application.queue.start(id)
  await until(isIn(id, iteration, stage))
  return id
}

/** The kinds of another queue on the same store. */
const kindsOf = ({ store, runs, live, bench }: Application) => ({
  run: runJobs({ store, runs, live, startEngine: async () => standInEngine(), checkersOf: () => [] }),
  evaluation: evaluationJobs({ store, bench, openEngine: async () => standInEngine(), checkersOf: () => [] }),
})

const trainedSteps = (id: string, name: string): number => {
  const training = application.store.trainings.find(id, name)
  return training === undefined ? 0 : application.store.metrics.lastStep(training.id)
}

describe('starting a run', () => {
  it('twice starts it once', async () => {
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    application.queue.start(id)
    expect(listed(id).status).toBe('running')
    await finish(id)
    expect(enginesStarted).toBe(1)
  })

  it('shows it as running, even if another thread reads the store for the UI', async () => {
    engine = { itemMs: 200 }
    const id = await startedIn(0, 'baseline')
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
    engine = { diesAfter: 0 }
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    await until(() => listed(id).status === 'failed')
    expect(listed(id).error).toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('last words of the engine') })
    engine = {}
    application.queue.start(id)
    expect(listed(id)).toMatchObject({ status: 'running', error: null })
    await finish(id)
  })

  it('whose engine dies once continues in a new one without the user', async () => {
    engine = { diesAfter: 30 }
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    await until(() => enginesStarted === 1)
    engine = {}
    await finish(id)
    expect(enginesStarted).toBe(2)
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
    const id = await startedIn(iteration, stage)
    const pausing = application.queue.pause(id)
    expect(listed(id).status).toBe('pausing')
    await pausing
    expect(listed(id)).toMatchObject({ status: 'paused' })
    application.queue.start(id)
    await finish(id)
    expect(listed(id).ended_early).toBe(false)
  })

  it('that is not running has no effect', async () => {
    const id = createTinyRun(application.store, home)
    await application.queue.pause(id)
    expect(listed(id).status).toBe('created')
  })
})

describe('a run that stops on a warning', () => {
  it('lets the next one in the queue start, and resumes only when the user starts it', async () => {
    const guarded = createTinyRun(application.store, home, { guards: { stop_on: ['few-pairs'] }, iterations: 1 })
    const next = createTinyRun(application.store, home, { iterations: 1 })
    application.queue.start(guarded)
    application.queue.start(next)
    await finish(next)
    expect(listed(guarded).status).toBe('paused')
    expect(application.queue.wake(guarded)).toBe(false) // as after a sleep
    application.queue.start(guarded)
    await finish(guarded)
  })
})

describe('a run that is to start after another one', () => {
  it('waits until that one has finished, whatever else is in the queue', async () => {
    const first = createTinyRun(application.store, home, { iterations: 1 })
    const follower = createTinyRun(application.store, home, { iterations: 1 })
    const other = createTinyRun(application.store, home, { iterations: 1 })
    expect(application.queue.startAfter(follower, first)).toEqual({ state: 'queued', after: { id: first, name: 'tiny' } })
    expect(listed(follower)).toMatchObject({ status: 'queued', after: { id: first } })
    application.queue.start(other)
    await finish(other)
    expect(listed(follower).status).toBe('queued')
    application.queue.start(first)
    await finish(follower)
    expect(listed(first).status).toBe('finished')
    expect(listed(follower).after).toBeNull()
  })

  it('keeps waiting if that one fails, and starts when a terminal has finished it', async () => {
    engine = { diesAfter: 0 }
    const first = createTinyRun(application.store, home, { iterations: 1 })
    const follower = createTinyRun(application.store, home, { iterations: 1 })
    application.queue.startAfter(follower, first)
    application.queue.start(first)
    await until(() => listed(first).status === 'failed')
    expect(listed(follower).status).toBe('queued')
    engine = {}
    const queue = new JobQueue({ store: application.store, kinds: kindsOf(application), retryMs: 5 })
    queue.launch() // as after a restart
    await application.runs.work(first, { startEngine: async () => standInEngine() })
    await finish(follower)
  })

  it('is refused if that one has finished, or waits for this run itself', async () => {
    const [a, b, c] = [1, 2, 3].map(() => createTinyRun(application.store, home, { iterations: 1 }))
    application.queue.startAfter(b, a)
    application.queue.startAfter(c, b)
    expect(() => application.queue.startAfter(a, c)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    expect(() => application.queue.startAfter(a, a)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    application.queue.start(a)
    await finish(c)
    const late = createTinyRun(application.store, home)
    expect(() => application.queue.startAfter(late, a)).toThrowError(expect.objectContaining({ message: 'tiny has already finished.' }))
  })

  it('starts without it if that one is removed', async () => {
    const [first, follower, other] = [1, 2, 3].map(() => createTinyRun(application.store, home, { iterations: 1 }))
    application.queue.startAfter(follower, first)
    await application.runs.remove(first)
    expect(listed(follower)).toMatchObject({ status: 'queued', after: null })
    application.queue.start(other)
    await finish(follower)
  })
})

describe('the queue', () => {
  it('takes the run first that the user has moved to the front', async () => {
    const ids = [1, 2, 3].map(() => createTinyRun(application.store, home, { iterations: 1 }))
    for (const id of ids) application.queue.start(id)
    application.store.jobs.toFront(ids[2])
    expect(application.store.jobs.queued().map(({ id }) => id)).toEqual([ids[2], ids[1]])
    await finish(ids[1])
    expect(listed(ids[2]).status).toBe('finished')
  })
})

describe('stop and keep', () => {
  it('ends a run that was paused before its first stage', async () => {
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    await application.queue.pause(id)
    expect(listed(id)).toMatchObject({ status: 'paused', stage: null })
    await stopAndKeep(application.store, application.queue, id)
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })

  it('lets a training finish its step and keeps the model in that state', async () => {
    engine = { itemMs: 30 }
    const id = await startedIn(0, 'train')
    await until(() => trainedSteps(id, 'M1') > 0)
    await stopAndKeep(application.store, application.queue, id)
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true })
    const { steps } = application.store.trainings.find(id, 'M1')!
    const done = trainedSteps(id, 'M1')
    expect(done).toBeLessThan(steps!)
    const m1 = application.runs.show(id).models.at(-1)!
    expect(m1).toMatchObject({ name: 'M1', training: { steps: done, planned_steps: steps } })
    expect(m1.data).toContain(`ended early: ${done} of ${steps} steps`)
    expect(existsSync(m1.path)).toBe(true)
    expect(kinds(id)).toContain('ended-early')
    expect(readdirSync(homePaths(home).run(id))).toContain('models')
  })

  it('before a training’s first step keeps the existing models', async () => {
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    await until(isIn(id, 0, 'baseline'))
    await application.queue.pause(id) // stopped when it may not have completed a step yet
    application.store.metrics.ofTraining(application.store.trainings.find(id, 'SFT')?.id ?? -1)
    await stopAndKeep(application.store, application.queue, id)
    const names = application.runs.show(id).models.map(({ name }) => name)
    expect(names).toEqual(trainedSteps(id, 'SFT') === 0 ? ['M0'] : ['M0', 'SFT'])
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })

  it('in another stage keeps the existing models', async () => {
    const id = await startedIn(1, 'candidates')
    await stopAndKeep(application.store, application.queue, id)
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true, iteration: 1, stage: 'candidates' })
    expect(application.runs.show(id).models.map(({ name }) => name)).toEqual(['M0', 'SFT', 'M1'])
  })

  it('of a run paused during a training saves that training’s model', async () => {
    engine = { itemMs: 30 }
    const id = await startedIn(0, 'train')
    await until(() => trainedSteps(id, 'M1') >= 2) // a checkpoint exists
    await application.queue.pause(id)
    await stopAndKeep(application.store, application.queue, id)
    expect(application.runs.show(id).models.at(-1)).toMatchObject({ name: 'M1', data: expect.stringContaining('ended early') })
  })

  it('of a run that waits for review ends it without an engine', async () => {
    const id = createTinyRun(application.store, home, { review: { wait: true } })
    application.queue.start(id)
    await until(() => listed(id).status === 'waiting-for-review')
    expect(listed(id).waiting_pairs).toBe(application.store.pairs.ofIteration(id, 1).length)
    await stopAndKeep(application.store, application.queue, id)
    expect(enginesStarted).toBe(1)
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true, waiting_pairs: 0 })
  })

  it('is final: such a run cannot be resumed', async () => {
    const id = await startedIn(1, 'judgements')
    await stopAndKeep(application.store, application.queue, id)
    const refusal = { code: 'BAD_INPUT', message: expect.stringContaining('ended early') }
    expect(() => application.queue.start(id)).toThrowError(expect.objectContaining(refusal))
    await expect(application.runs.work(id, { startEngine: async () => standInEngine() })).rejects.toMatchObject(refusal)
    await expect(stopAndKeep(application.store, application.queue, id)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('fails for a run that never started', async () => {
    const id = createTinyRun(application.store, home)
    await expect(stopAndKeep(application.store, application.queue, id)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(listed(id).status).toBe('created')
  })
})

describe('a run in another process', () => {
  /** The run in a process of its own, slow enough to be still running. */
  async function elsewhere(id: string) {
    const child = spawn(process.execPath, [repositoryFile('test/support/tiny-run-worker.ts'), home, id, '5'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    for await (const _ of createInterface(child.stdout)) break
    child.stdout.resume()
    return { gone }
  }

  it('is shown as running, cannot be started here, and pauses on request', async () => {
    const id = createTinyRun(application.store, home)
    const { gone } = await elsewhere(id)
    expect(listed(id).status).toBe('running')
    expect(() => application.queue.start(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    await application.queue.pause(id)
    await gone
    expect(listed(id).status).toBe('paused')
    application.queue.start(id)
    await finish(id)
  })

  it('ends early on request', async () => {
    const id = createTinyRun(application.store, home)
    const { gone } = await elsewhere(id)
    await stopAndKeep(application.store, application.queue, id)
    await gone
    expect(listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })
})

describe('a run’s row', () => {
  it('has tags and a note, without empty and repeated ones', () => {
    const id = createTinyRun(application.store, home)
    application.runs.describe(id, { tags: ['lr sweep', ' lr sweep ', 'keep\n', ''], note: ' judged by M1\nonly ' })
    expect(listed(id)).toMatchObject({ tags: ['lr sweep', 'keep'], note: 'judged by M1\nonly' })
  })

  it('can be renamed', () => {
    const id = createTinyRun(application.store, home)
    application.runs.rename(id, 'shorter answers')
    expect(listed(id).name).toBe('shorter answers')
  })

  it('can be removed with everything that belongs to it, but not while it is running', async () => {
    const id = await startedIn(1, 'prompts')
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    await application.queue.pause(id)
    await application.runs.remove(id)
    expect(application.runs.list()).toEqual([])
    expect(existsSync(homePaths(home).run(id))).toBe(false)
    expect(application.store.examples.ofKind(id, 'ift')).toEqual([])
  })

  it('is not removed while another run starts from one of its models', async () => {
    const id = createTinyRun(application.store, home)
    application.queue.start(id)
    await finish(id)
    const dependent = createTinyRun(application.store, home, { base_model: application.store.models.find(id, 'M3')!.path })
    expect(() => application.runs.remove(id)).toThrowError(expect.objectContaining({ message: expect.stringContaining(dependent) }))
    await application.runs.remove(dependent)
    await application.runs.remove(id)
  })

  it('turns waiting for review on and off while it is running', async () => {
    const id = await startedIn(0, 'baseline')
    application.runs.setReviewWait(id, true)
    await until(() => listed(id).status === 'waiting-for-review')
    application.runs.setReviewWait(id, false)
    application.queue.start(id)
    await finish(id)
    expect(listed(id)).toMatchObject({ review_wait: false, rewards: [expect.any(Number), expect.any(Number)] })
    expect(listed(id).win_rate).toMatchObject({ model: 'M3', against: 'M2', n: 3 })
  })
})
