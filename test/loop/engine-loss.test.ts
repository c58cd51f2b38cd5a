import { expect, it } from 'vitest'
import { generators } from '../../main/common/random.ts'
import { workOn } from '../../main/loop/session.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

/** Executes a run whose n-th engine (from 0) behaves as `engineOf` says; counts the engines. */
function workWithEngines(runId: string, engineOf: (n: number) => StandInOptions, options = {}) {
  const events: RunEvent[] = []
  let engines = 0
  const startEngine = async () => standInEngine(engineOf(engines++))
  const ended = workOn({ store, home, runId, startEngine, outlivesEngine: true, listener: (event) => events.push(event), ...options })
  const losses = () => events.filter((event) => event.kind === 'warning' && event.code === 'engine-lost')
  return { ended, engines: () => engines, losses }
}

it.each([0, 1, 2])(
  'a run whose engines die again and again continues in new ones, and ends with the same rows and models (%i)',
  async (seed) => {
    const other = tinyHome()
    const undisturbed = openTinyStore(other.home)
    await workWithStandIn(undisturbed, other.home, createTinyRun(undisturbed, other.home))
    const { deriveSeed, uniform } = generators.murmur
    const runId = createTinyRun(store, home)
    const work = workWithEngines(runId, (n) => ({ diesAfter: 20 + Math.floor(60 * uniform(deriveSeed(seed, 'life'), n)) }))
    expect(await work.ended).toBe('finished')
    expect(work.engines()).toBeGreaterThan(5)
    expect(work.losses()).toHaveLength(work.engines() - 1)
    expect(contentOfRun(home)).toEqual(contentOfRun(other.home))
    undisturbed.close()
    other.remove()
  },
)

it('the warning has the reason, the place, and what happens next', async () => {
  const runId = createTinyRun(store, home)
  const work = workWithEngines(runId, (n) => (n === 0 ? { diesAfter: 30 } : {}))
  expect(await work.ended).toBe('finished')
  expect(work.losses()).toEqual([
    expect.objectContaining({
      iteration: 0,
      text: expect.stringMatching(/^The engine process died \(test\)\. The run continues in a new engine/),
    }),
  ])
  expect(store.events.after(runId, 0)).toContainEqual(expect.objectContaining({ event: work.losses()[0] }))
})

it('an engine that dies where the last one died fails the run, which the user can resume', async () => {
  const runId = createTinyRun(store, home)
  const work = workWithEngines(runId, () => ({ diesAfter: 0 }))
  await expect(work.ended).rejects.toMatchObject({ code: 'ENGINE_LOST' })
  expect(work.engines()).toBeLessThan(4)
  expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error: { code: 'ENGINE_LOST' } })
  expect(await workWithStandIn(store, home, runId)).toBe('finished')
})

it('a run that the user stops while its engine dies is stopped', async () => {
  const runId = createTinyRun(store, home)
  const stop = new AbortController()
  const onItem = (given: number): void => {
    if (given === 30) stop.abort()
  }
  const work = workWithEngines(runId, () => ({ diesAfter: 31, onItem }), { signal: stop.signal })
  expect(await work.ended).toBe('paused')
  expect(work.engines()).toBe(1)
})

it('other errors fail the run in its first engine', async () => {
  const runId = createTinyRun(store, home)
  const fail = (): void => {
    throw new Error('not the engine')
  }
  const work = workWithEngines(runId, () => ({ onItem: fail }))
  await expect(work.ended).rejects.toThrow('not the engine')
  expect(work.engines()).toBe(1)
})
