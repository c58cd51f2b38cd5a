import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Claim, giveUp, isHeld } from '../../main/common/claim.ts'
import { processStart, stateOf } from '../../main/common/process-identity.ts'
import { openStore, type Store } from '../../main/store/store.ts'

let folder: string
let path: string
let store: Store
let runId: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  path = join(folder, 'laurel.db')
  store = openStore(path)
  runId = store.runs.create({ name: 'test', recipe: {} })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

const prompt = (place: number, position: number | null = place) => ({
  iteration: 1,
  round: 0,
  place,
  text: `prompt ${place}`,
  position,
  reason: position === null ? 'duplicate' : null,
  similarity: null,
  similarTo: null,
  demonstrations: [],
  requirements: [],
})

/** A prompt with two candidates and their pair. */
function addPair(): number {
  store.prompts.add(runId, prompt(0))
  const [{ id: promptId }] = store.prompts.accepted(runId, 1)
  for (const sample of [0, 1]) {
    store.candidates.add({ promptId, sample, text: `answer ${sample}`, tokens: 2, finishReason: 'stop', seed: sample })
  }
  const [chosen, rejected] = store.candidates.ofIteration(runId, 1)
  store.pairs.add({ promptId, chosenId: chosen.id, rejectedId: rejected.id, chosenReward: 4, rejectedReward: 2 })
  return store.pairs.ofIteration(runId, 1)[0].id
}

describe('a unit of work', () => {
  it('is one row however often it is reported, and the first report stays', () => {
    store.prompts.add(runId, prompt(0))
    store.prompts.add(runId, { ...prompt(0), text: 'another text' })
    expect(store.prompts.accepted(runId, 1).map(({ text }) => text)).toEqual(['prompt 0'])
    const [{ id: promptId }] = store.prompts.accepted(runId, 1)
    const candidate = { promptId, sample: 0, text: 'one', tokens: 1, finishReason: 'stop' as const, seed: 1 }
    store.candidates.add(candidate)
    store.candidates.add({ ...candidate, text: 'two' })
    expect(store.candidates.ofIteration(runId, 1).map(({ text }) => text)).toEqual(['one'])
    const [{ id: candidateId }] = store.candidates.ofIteration(runId, 1)
    store.judgements.add({ candidateId }, { judge: 'M1', sample: 0, text: 'Score: 3', score: 3 })
    store.judgements.add({ candidateId }, { judge: 'M1', sample: 0, text: 'Score: 5', score: 5 })
    expect(store.judgements.ofCandidates(runId, 1).map(({ score }) => score)).toEqual([3])
    const training = store.trainings.begin({ runId, name: 'M2', task: 'dpo', rows: 1, config: {} })
    expect(store.trainings.begin({ runId, name: 'M2', task: 'dpo', rows: 1, config: {} }).id).toBe(training.id)
    store.metrics.addStep(training.id, 1, { loss: 0.5 })
    store.metrics.addStep(training.id, 1, { loss: 0.7, grad_norm: 1 })
    expect(store.metrics.ofTraining(training.id)).toEqual([
      { step: 1, name: 'grad_norm', value: 1 },
      { step: 1, name: 'loss', value: 0.5 },
    ])
  })

  it('with an invalid value is an error, not a silently ignored row', () => {
    expect(() => store.candidates.add({ promptId: 12345, sample: 0, text: '', tokens: 0, finishReason: 'stop', seed: 0 })).toThrow(
      /FOREIGN KEY/,
    )
    expect(() => store.stages.begin('r-none', 0, 'train')).toThrow(/FOREIGN KEY/)
  })

  it('stores an unreadable judgement without a score', () => {
    addPair()
    const [{ id: candidateId }] = store.candidates.ofIteration(runId, 1)
    store.judgements.add({ candidateId }, { judge: 'M1', sample: 0, text: 'hm', score: null })
    expect(store.judgements.ofCandidates(runId, 1)).toEqual([{ subjectId: candidateId, sample: 0, text: 'hm', score: null, detail: null }])
  })

  it('stores a metric that is NaN without a value', () => {
    const training = store.trainings.begin({ runId, name: 'M1', task: 'sft', rows: 1, config: {} })
    store.metrics.addStep(training.id, 1, { loss: Number.NaN })
    expect(store.metrics.ofTraining(training.id)).toEqual([{ step: 1, name: 'loss', value: null }])
  })

  it('is not stored if its transaction fails', () => {
    expect(() =>
      store.transaction(() => {
        store.prompts.add(runId, prompt(0))
        throw new Error('power cut')
      }),
    ).toThrow('power cut')
    expect(store.prompts.ofIteration(runId, 1)).toEqual([])
  })
})

describe('prompts', () => {
  it('count rejections by reason, and rounds with their requests', () => {
    store.prompts.addRound(runId, 1, 0, 4)
    for (const [place, position] of [0, null, 1, null].entries()) store.prompts.add(runId, prompt(place, position))
    store.prompts.addRound(runId, 1, 1, 3)
    expect(store.prompts.rounds(runId, 1)).toEqual({ rounds: 2, requests: 7 })
    expect(store.counts.prompts(runId, 1)).toEqual({ accepted: 2, rejected: 2 })
    expect(store.prompts.rejections(runId, 1)).toEqual([{ reason: 'duplicate', count: 2 }])
  })
})

describe('reviews', () => {
  it('count by the newest row, and an undo leaves none', () => {
    const pairId = addPair()
    expect(store.reviews.newest(runId, 1).size).toBe(0)
    store.reviews.add({ pairId, decision: 'tie' })
    store.reviews.add({ pairId, decision: 'swap', reviewer: 'me', seconds: 2.5 })
    expect(store.reviews.newest(runId, 1).get(pairId)).toMatchObject({ decision: 'swap', reviewer: 'me', seconds: 2.5 })
    store.reviews.add({ pairId, decision: 'undo' })
    expect(store.reviews.newest(runId, 1).size).toBe(0)
    expect(store.reviews.history(pairId).map(({ decision }) => decision)).toEqual(['tie', 'swap', 'undo'])
  })

  it('are immutable', () => {
    store.reviews.add({ pairId: addPair(), decision: 'tie' })
    const db = new Sqlite(path)
    expect(() => db.exec("UPDATE reviews SET decision = 'swap'")).toThrow(/append-only/)
    db.close()
  })
})

describe('runs', () => {
  it('are found by an unambiguous prefix of their id', () => {
    expect(store.runs.resolve(runId).id).toBe(runId)
    expect(store.runs.resolve(runId.slice(2)).id).toBe(runId)
    expect(store.runs.resolve(runId.slice(0, 4)).id).toBe(runId)
    expect(() => store.runs.resolve('r-%')).toThrow(/no run/)
    store.runs.create({ name: 'second', recipe: {} })
    expect(() => store.runs.resolve('r-')).toThrow(/several runs/)
  })

  it('are listed newest first, even if created in the same moment', () => {
    const others = [1, 2, 3].map((n) => store.runs.create({ name: `run ${n}`, recipe: {} }))
    expect(store.runs.list().map(({ id }) => id)).toEqual([...others.reverse(), runId])
  })
})

describe('leases', () => {
  it('let one owner work on a run', () => {
    const token = store.jobs.reserve(runId)
    expect(() => store.jobs.reserve(runId)).toThrow(/is already running/)
    store.jobs.release(runId, 'not the token')
    expect(() => store.jobs.reserve(runId)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    store.jobs.release(runId, token)
    expect(() => store.jobs.reserve(runId)).not.toThrow()
  })

  it('report a requested stop, or their loss, to the owner', () => {
    const token = store.jobs.reserve(runId)
    expect(store.jobs.heartbeat(runId, token)).toEqual({ isLost: false, wanted: null })
    store.jobs.request(runId, 'pause')
    expect(store.jobs.heartbeat(runId, token)).toEqual({ isLost: false, wanted: 'pause' })
    expect(store.jobs.heartbeat(runId, 'a token that was taken over')).toMatchObject({ isLost: true })
  })

  it('of a dead process are taken over', () => {
    const db = new Sqlite(path)
    const lease = "UPDATE jobs SET token = 'old', host = ?, pid = ?, process_started = ?, heartbeat_at = 0 WHERE id = ?"
    db.prepare(lease).run(hostname(), process.pid, 'another boot/123', runId)
    db.close()
    const token = store.jobs.reserve(runId) // our pid, but another process's start time
    expect(store.jobs.find(runId)?.token).toBe(token)
  })

  it('of another machine count by their heartbeat', () => {
    const lease: Claim = { token: '', host: 'elsewhere', pid: 1, started: '', heartbeatAt: 1_000_000 }
    expect(isHeld(lease, 1_030_000)).toBe(true)
    expect(isHeld(lease, 1_070_000)).toBe(false)
  })

  it.each([
    ['a minute ago', -70_000, false],
    ['ten days ago', -864_000_000, false],
    ['a moment ago', -5000, true],
    ['far in the future, before the clock was set back', 864_000_000, false],
  ])('without a start time, whose process number is in use again, count by their heartbeat: %s', (_, age, isHeldStill) => {
    const db = new Sqlite(path)
    const living = process.ppid // except on Linux, the number alone doesn't identify a process
    const lease = "UPDATE jobs SET token = 'old', host = ?, pid = ?, process_started = '', heartbeat_at = ? WHERE id = ?"
    db.prepare(lease).run(hostname(), living, Date.now() + age, runId)
    db.close()
    if (isHeldStill) expect(() => store.jobs.reserve(runId)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    else expect(store.jobs.find(runId)?.token).not.toBe(store.jobs.reserve(runId))
  })

  it('that this process has released are free for it, even if the row is still there', () => {
    const token = store.jobs.reserve(runId)
    giveUp(token)
    expect(store.jobs.isWorkedOn(runId)).toBe(false)
    expect(store.jobs.reserve(runId)).not.toBe(token)
    expect(store.jobs.heartbeat(runId, token)).toMatchObject({ isLost: true })
  })

  it('distinguish a living process, a dead one, and another one with the same number', () => {
    const isLinux = processStart(process.pid) !== ''
    expect(stateOf(process.pid, processStart(process.pid))).toBe(isLinux ? 'alive' : 'unknown')
    expect(stateOf(process.pid, 'another start')).toBe(isLinux ? 'gone' : 'unknown')
    expect(stateOf(process.pid, '')).toBe('unknown')
    expect(stateOf(2 ** 22 + 1, '')).toBe('gone') // above Linux's largest pid
  })
})
