import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dataSets } from '../../main/app/datasets/data-sets.ts'
import { dataReader } from '../../main/app/datasets/reader.ts'
import { uploads } from '../../main/app/datasets/uploads.ts'
import { engineKeys } from '../../main/app/engines/engine-keys.ts'
import { enginesApi } from '../../main/app/engines/engines.ts'
import { addEvaluation } from '../../main/app/evaluations/evaluations.ts'
import { pendingRemovals } from '../../main/app/jobs/pending-removals.ts'
import { type Removals, removalsOf } from '../../main/app/removals.ts'
import { removeRun } from '../../main/app/runs/remove-run.ts'
import { evaluationSettings } from '../../main/shared/evaluation-settings.ts'
import type { Store } from '../../main/store/store.ts'
import { evaluationJob } from '../../main/store/tables/jobs-table.ts'
import { addServer } from '../support/configured-engines.ts'
import { evaluationJobsOn } from '../support/evaluation-jobs.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let logged: string[]
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  logged = []
})
afterEach(() => {
  store.close()
  remove()
})

const library = () => dataSets({ home, store, reader: dataReader(), uploads: uploads(home) })

const removals = (delayMs: number): Removals =>
  removalsOf({
    ...{ store, home, delayMs, dataSets: library(), engines: enginesApi(store, engineKeys(home)) },
    removeRun: (id) => removeRun(store, home, store.runs.resolve(id)),
    evaluations: evaluationJobsOn(store, { startEngine: async () => standInEngine({}) }),
    log: (_, text) => logged.push(text),
  })
const isThere = (id: string): boolean => store.runs.find(id) !== undefined

describe('a removal', () => {
  const things = new Set<string>()
  const pending = (delayMs: number) =>
    pendingRemovals<string>({
      ...{ noun: 'thing', delayMs, log: (source, text) => logged.push(`${source} ${text}`) },
      remove: (id) => {
        if (!things.delete(id)) throw new Error('it is gone')
      },
    })

  it('is carried out after a while, and then it is too late to undo it', async () => {
    things.add('a')
    const removed = pending(1)
    removed.schedule('a')
    await vi.waitUntil(() => !removed.isPending('a'), { interval: 2, timeout: 60_000 })
    expect([things.has('a'), removed.undo('a')]).toEqual([false, false])
  })

  it('that is undone never happens', async () => {
    things.add('a')
    const removed = pending(60_000)
    removed.schedule('a')
    expect([removed.isPending('a'), removed.undo('a'), removed.isPending('a')]).toEqual([true, true, false])
    await removed.close()
    expect(things.has('a')).toBe(true)
  })

  it('can be finished early, so that another can take the name', async () => {
    const removed = pending(60_000)
    removed.schedule('a')
    await removed.finish('a')
    await removed.finish('never removed')
    expect(things.has('a')).toBe(false)
  })

  it('that fails is logged, and doesn’t keep others from being carried out', async () => {
    things.add('b')
    const removed = pending(60_000)
    for (const id of ['a', 'b']) removed.schedule(id)
    await removed.close()
    expect([things.size, logged.length]).toEqual([0, 1])
    expect(logged[0]).toContain("thing a couldn't be removed")
  })
})

describe('a run', () => {
  it('is removed after a while', async () => {
    const pending = removals(1).runs
    const id = createTinyRun(store, home)
    pending.schedule(id)
    await vi.waitUntil(() => !isThere(id), { interval: 2, timeout: 60_000 })
    await pending.close()
    expect(logged).toEqual([])
  })

  it('whose removal was undone is as it was, and can start', async () => {
    const pending = removals(60_000)
    const id = createTinyRun(store, home)
    pending.runs.schedule(id)
    await expect(workWithStandIn(store, home, id)).rejects.toMatchObject({ code: 'BUSY' })
    expect(pending.runs.undo(id)).toBe(true)
    await pending.close()
    expect(await workWithStandIn(store, home, id)).toBe('finished')
  })

  it('goes before the one that it starts from when the application closes', async () => {
    const pending = removals(60_000)
    const first = createTinyRun(store, home)
    await workWithStandIn(store, home, first)
    const second = createTinyRun(store, home, { base_model: store.models.find(first, 'M3')!.path })
    expect(() => pending.runs.schedule(first)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    pending.runs.schedule(second)
    pending.runs.schedule(first)
    await pending.close()
    expect([first, second].filter(isThere)).toEqual([])
    expect(logged).toEqual([])
  })
})

describe('an evaluation', () => {
  const requested = (): number =>
    addEvaluation(
      store,
      evaluationSettings.parse({
        ...{
          kind: 'likelihood',
          model: { id: 'base', path: `${home}/base`, label: 'base' },
          source: { from: 'file', path: `${home}/ift.jsonl` },
        },
        ...{ count: 2, seed: 1 },
      }),
      'base',
    )

  it('that is about to be removed leaves the queue and can’t start', async () => {
    const pending = removals(60_000)
    const id = requested()
    pending.evaluations.schedule(id)
    expect(store.jobs.queued()).toEqual([])
    expect(() => store.jobs.begin(evaluationJob(id))).toThrowError(expect.objectContaining({ code: 'BUSY' }))
    expect(pending.evaluations.undo(id)).toBe(true)
    expect(store.jobs.find(evaluationJob(id))?.state).toBe('paused')
    pending.evaluations.schedule(id)
    await pending.close()
    expect([store.evaluations.list(), logged]).toEqual([[], []])
  })

  it('that is running isn’t removed', () => {
    const id = requested()
    store.jobs.begin(evaluationJob(id))
    expect(() => removals(60_000).evaluations.schedule(id)).toThrowError(expect.objectContaining({ code: 'BUSY' }))
  })
})

describe('a data set', () => {
  it('is there until its removal is carried out, and stays if a run has started to use it by then', async () => {
    const pending = removals(60_000)
    const sets = library()
    const [used, unused] = await Promise.all(
      ['used', 'unused'].map((name) =>
        sets.import({ source: { path: `${home}/ift.jsonl` }, format: null, split: null, encoding: null, mapping: null, name }),
      ),
    )
    for (const { id } of [used, unused]) pending.dataSets.schedule(id)
    createTinyRun(store, home, { seed_data: { ift: used.path } })
    await pending.close()
    const own = (await sets.list()).filter(({ origin }) => origin === 'imported')
    expect(own.map(({ id }) => id)).toEqual([used.id])
    expect(logged).toEqual([expect.stringContaining("isn't finished and uses it")])
  })
})

describe('an engine', () => {
  it('keeps its settings until its removal is carried out', async () => {
    const pending = removals(60_000)
    addServer(store, 'http://127.0.0.1:9/v1')
    pending.engines.schedule('big')
    expect([store.engines.list().length, pending.engines.undo('big')]).toEqual([1, true])
    pending.engines.schedule('big')
    await pending.close()
    expect(store.engines.list()).toEqual([])
    expect(() => pending.engines.schedule('big')).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})
