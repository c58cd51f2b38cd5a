import { existsSync, readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Application } from '../../main/app/application.ts'
import { stopAndKeep } from '../../main/app/runs/stop-and-keep.ts'
import { homePaths } from '../../main/common/home.ts'
import { LaurelError } from '../../main/shared/errors.ts'
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

const trainedSteps = (id: string, name: string): number => {
  const training = application.store.trainings.find(id, name)
  return training === undefined ? 0 : application.store.metrics.lastStep(training.id)
}

describe('stop and keep', () => {
  it('ends a run that was paused before its first stage', async () => {
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await application.queue.pause(id)
    expect(tiny.listed(id)).toMatchObject({ status: 'paused', stage: null })
    await stopAndKeep(application.store, application.queue, id)
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })

  it('lets a training finish its step and keeps the model in that state', async () => {
    tiny.engines.next = { itemMs: 30 }
    const id = await tiny.startedIn(0, 'train')
    await tiny.until(() => trainedSteps(id, 'M1') > 0)
    await stopAndKeep(application.store, application.queue, id)
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true })
    const { steps } = application.store.trainings.find(id, 'M1')!
    const done = trainedSteps(id, 'M1')
    expect(done).toBeLessThan(steps!)
    const m1 = application.runs.show(id).models.at(-1)!
    expect(m1).toMatchObject({ name: 'M1', training: { steps: done, planned_steps: steps } })
    expect(m1.data).toContain(`ended early: ${done} of ${steps} steps`)
    expect(existsSync(m1.path)).toBe(true)
    expect(application.store.events.after(id, 0).map(({ event }) => event)).toContainEqual(expect.objectContaining({ kind: 'ended-early' }))
    expect(readdirSync(homePaths(tiny.home).run(id))).toContain('models')
  })

  it('before a training’s first step keeps the existing models', async () => {
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await tiny.until(tiny.isIn(id, 0, 'baseline'))
    await application.queue.pause(id) // stopped when it may not have completed a step yet
    application.store.metrics.ofTraining(application.store.trainings.find(id, 'SFT')?.id ?? -1)
    await stopAndKeep(application.store, application.queue, id)
    const names = application.runs.show(id).models.map(({ name }) => name)
    expect(names).toEqual(trainedSteps(id, 'SFT') === 0 ? ['M0'] : ['M0', 'SFT'])
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })

  it('in another stage keeps the existing models', async () => {
    const id = await tiny.startedIn(1, 'candidates')
    await stopAndKeep(application.store, application.queue, id)
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true, iteration: 1, stage: 'candidates' })
    expect(application.runs.show(id).models.map(({ name }) => name)).toEqual(['M0', 'SFT', 'M1'])
  })

  it('of a run paused during a training saves that training’s model', async () => {
    tiny.engines.next = { itemMs: 30 }
    const id = await tiny.startedIn(0, 'train')
    await tiny.until(() => trainedSteps(id, 'M1') >= 2) // a checkpoint exists
    await application.queue.pause(id)
    await stopAndKeep(application.store, application.queue, id)
    expect(application.runs.show(id).models.at(-1)).toMatchObject({ name: 'M1', data: expect.stringContaining('ended early') })
  })

  it('of a run that waits for review ends it without an engine', async () => {
    const id = createTinyRun(application.store, tiny.home, { review: { wait: true } })
    application.queue.start(id)
    await tiny.until(() => tiny.listed(id).status === 'waiting-for-review')
    expect(tiny.listed(id).waiting_pairs).toBe(application.store.pairs.ofIteration(id, 1).length)
    await stopAndKeep(application.store, application.queue, id)
    expect(tiny.engines.started).toBe(1)
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true, waiting_pairs: 0 })
  })

  it('is final: such a run cannot be resumed', async () => {
    const id = await tiny.startedIn(1, 'judgements')
    await stopAndKeep(application.store, application.queue, id)
    const refusal = { code: 'BAD_INPUT', message: expect.stringContaining('ended early') }
    expect(() => application.queue.start(id)).toThrowError(expect.objectContaining(refusal))
    await expect(application.runs.work(id, { startEngine: async () => standInEngine() })).rejects.toMatchObject(refusal)
    await expect(stopAndKeep(application.store, application.queue, id)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('fails for a run that never started', async () => {
    const id = createTinyRun(application.store, tiny.home)
    await expect(stopAndKeep(application.store, application.queue, id)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(tiny.listed(id).status).toBe('created')
  })
})

describe('a failed stop and keep', () => {
  it('is reported, and the next start resumes the run instead of ending it', async () => {
    let isEnding = false
    const die = (): void => {
      if (isEnding) throw new LaurelError('ENGINE_LOST', 'The engine process died.', 'Resume the run.')
    }
    tiny.engines.next = { itemMs: 10, onItem: die }
    const id = createTinyRun(application.store, tiny.home)
    application.queue.start(id)
    await tiny.until(() => trainedSteps(id, 'M1') > 0)
    isEnding = true
    await expect(stopAndKeep(application.store, application.queue, id)).rejects.toMatchObject({
      code: 'ENGINE_LOST',
      remedy: expect.stringContaining('choose Stop and keep again'),
    })
    expect(tiny.listed(id)).toMatchObject({ status: 'failed', ended_early: false })
    tiny.engines.next = {}
    application.queue.start(id)
    await tiny.finish(id)
    expect(tiny.listed(id)).toMatchObject({ ended_early: false, iteration: 2 })
  })

  it('is forgotten at the next start if its process was killed, and the log says so', async () => {
    const id = await tiny.startedIn(1, 'candidates')
    await application.queue.pause(id)
    application.store.jobs.request(id, 'end') // as a killed process leaves it
    application.queue.start(id)
    await tiny.finish(id)
    expect(tiny.listed(id).ended_early).toBe(false)
    const notes = application.store.events.after(id, 0).map(({ event }) => (event as { text?: string }).text ?? '')
    expect(notes).toContainEqual(expect.stringContaining("didn't complete"))
  })

  it('still ends the run if the user paused it at the same moment', async () => {
    const id = await tiny.startedIn(1, 'candidates')
    const paused = application.queue.pause(id)
    await stopAndKeep(application.store, application.queue, id)
    await paused
    expect(tiny.listed(id)).toMatchObject({ status: 'finished', ended_early: true })
  })
})
