import { renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { guardProcess } from '../../main/common/work-scope.ts'
import type { Checker } from '../../main/loop/run-context.ts'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

const checker: Checker = {
  name: 'length',
  label: 'answers',
  prompts: Array.from({ length: 20 }, (_, i) => `Task ${i}?`),
  sampling: { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] },
  measure: (answers) => ({ answers: answers.length }),
}

describe('a seed data file moved away before the start', () => {
  it.each(['ift.jsonl', 'ranked.jsonl'])('fails only the run, with the name of the file (%s)', async (name) => {
    const runId = createTinyRun(store, home)
    rmSync(join(home, name))
    const work = workWithStandIn(store, home, runId, { itemMs: 1 }, { checkers: [checker] }) // the checker takes longer than the file
    const error = { code: 'NOT_FOUND', message: expect.stringContaining(name) }
    await expect(work).rejects.toMatchObject(error)
    expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error })
  })
})

/** Another process's connection to the same database. */
const elsewhere = (): Sqlite.Database => new Sqlite(homePaths(home).database)

describe('a lock taken over by another process, as after a suspend', () => {
  it("stops this process at its next heartbeat, without overwriting the other's work", async () => {
    const runId = createTinyRun(store, home)
    let isTaken = false
    const takeOver = (given: number): void => {
      if (given < 40 || isTaken) return
      isTaken = true
      const db = elsewhere()
      db.prepare("UPDATE jobs SET token = 'another', host = 'elsewhere', heartbeat_at = ? WHERE id = ?").run(Date.now(), runId)
      db.close()
    }
    const logged: string[] = []
    const work = workWithStandIn(store, home, runId, { itemMs: 1, onItem: takeOver }, { heartbeatMs: 5, log: (text) => logged.push(text) })
    await expect(work).rejects.toMatchObject({ code: 'BUSY', message: expect.stringContaining('Another process took over run') })
    expect(store.runs.find(runId)).toMatchObject({ status: 'running', error: null }) // as the other process left it
    expect(store.jobs.find(runId)).toMatchObject({ token: 'another' })
    expect(logged.join()).toContain('was left unchanged')
  })

  it('is also noticed if the work ends before a heartbeat', async () => {
    const runId = createTinyRun(store, home)
    const { ofRun } = store.models
    store.models.ofRun = (id) => {
      if (store.stages.find(runId, 2, 'evaluate')?.finishedAt != null) {
        const db = elsewhere()
        db.prepare("UPDATE jobs SET token = 'another', host = ? WHERE id = ?").run(hostname(), runId)
        db.close()
      }
      return ofRun(id)
    }
    await expect(workWithStandIn(store, home, runId, {}, { heartbeatMs: 3_600_000 })).rejects.toMatchObject({ code: 'BUSY' })
    expect(store.runs.find(runId)?.status).toBe('running')
  })
})

describe('a database during a run', () => {
  const path = (): string => homePaths(home).database
  it.each([
    ['deleted', () => rmSync(path())],
    ['moved away', () => renameSync(path(), `${path()}.aside`)],
    [
      'replaced',
      () => {
        renameSync(path(), `${path()}.aside`)
        openTinyStore(home).close()
      },
    ],
    ['robbed of its journal', () => rmSync(`${path()}-wal`)],
  ])('that is %s ends the run with a clear error instead of "finished"', async (_, harm) => {
    const runId = createTinyRun(store, home)
    let isDone = false
    const onItem = (given: number): void => {
      if (given >= 40 && !isDone) harm()
      isDone ||= given >= 40
    }
    const work = workWithStandIn(store, home, runId, { itemMs: 1, onItem }, { heartbeatMs: 5 })
    await expect(work).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(path()) })
  })
})

describe('a clock that was set back', () => {
  it('never makes a run end before it was created', async () => {
    const runId = createTinyRun(store, home)
    const { createdAt } = store.runs.find(runId)!
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(createdAt) - 86_400_000 })
    try {
      expect(await workWithStandIn(store, home, runId)).toBe('finished')
    } finally {
      vi.useRealTimers()
    }
    expect(store.runs.find(runId)?.finishedAt).toBe(createdAt)
    for (const { seconds } of store.stages.ofRun(runId)) expect(seconds).toBeGreaterThanOrEqual(0)
    for (const { startedAt, finishedAt } of store.trainings.ofRun(runId)) expect(finishedAt! >= startedAt).toBe(true)
  })
})

describe('an uncaught error', () => {
  it.each([
    ['an unhandled promise', () => void Promise.reject(new Error('left alone'))],
    ['a timer', () => void setTimeout(() => thrown('left alone'), 1)],
  ])('in %s fails only the run that caused it', async (_, stray) => {
    const strays: unknown[] = []
    const emitter: NodeJS.EventEmitter = process
    const listeners = ['unhandledRejection', 'uncaughtException'].map((name) => [name, emitter.rawListeners(name)] as const)
    for (const [name] of listeners) emitter.removeAllListeners(name) // the test runner's listeners
    guardProcess((error) => strays.push(error))
    try {
      const runId = createTinyRun(store, home)
      const other = createTinyRun(store, home)
      const onItem = (given: number): void => {
        if (given === 30) stray()
      }
      const works = [workWithStandIn(store, home, runId, { itemMs: 1, onItem }), workWithStandIn(store, home, other)]
      await expect(works[0]).rejects.toThrow('left alone')
      expect(await works[1]).toBe('finished')
      expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('left alone') } })
      expect(strays).toEqual([])
    } finally {
      for (const [name, before] of listeners) for (const listener of before) emitter.on(name, listener as () => void)
    }
  })
})

function thrown(text: string): never {
  throw new Error(text)
}

describe('a database locked by another process', () => {
  it('is reported in one line when a run is started, and the run is unchanged', async () => {
    const runId = createTinyRun(store, home)
    const db = elsewhere()
    db.exec('BEGIN IMMEDIATE')
    const error = {
      name: 'LaurelError',
      code: 'BUSY',
      message: expect.stringMatching(/^The database [^\n]* is locked by another process: [^\n]*locked\.$/),
    }
    await expect(workWithStandIn(store, home, runId)).rejects.toMatchObject(error)
    db.exec('ROLLBACK')
    db.close()
    expect(store.runs.find(runId)).toMatchObject({ status: 'created', error: null })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
  })
})
