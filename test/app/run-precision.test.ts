import { afterEach, beforeEach, expect, it } from 'vitest'
import { type EngineWish, runsApi } from '../../main/app/runs/runs.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { JobState } from '../../main/shared/enums.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import type { Store } from '../../main/store/store.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
const wishes: EngineWish[] = []

beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  wishes.length = 0
})
afterEach(() => {
  store.close()
  remove()
})

/** Runs until the engine has reported its backend. */
async function workBriefly(runs: ReturnType<typeof runsApi>, id: string, wish?: EngineWish): Promise<JobState> {
  const stop = new AbortController()
  const listener = (): void => {
    if (store.runs.resolve(id).engine !== null && wishes.length > 0) stop.abort()
  }
  return runs.work(id, { startEngine, wish, listener, signal: stop.signal })
}

/** An engine on a machine with a faster bfloat16. */
async function startEngine(wish: EngineWish): Promise<Engine> {
  wishes.push(wish)
  const engine = standInEngine()
  const precision: Precision = wish.precision === undefined || wish.precision === 'auto' ? 'bfloat16' : wish.precision
  return { ...engine, info: async () => ({ ...(await engine.info()), backend: 'tensorflow', precision, precisionReason: 'it is faster' }) }
}

it('with auto, a run records its precision and the reason, trains in it, and keeps it when resumed', async () => {
  const runs = runsApi({ home, store })
  const id = createTinyRun(store, home, { precision: 'auto' })
  expect(await workBriefly(runs, id)).toBe('paused')
  expect(store.runs.resolve(id).engine).toMatchObject({ precision: 'bfloat16' })
  const notes = store.events.after(id, 0).map(({ event }) => event as RunEvent)
  expect(notes).toContainEqual(expect.objectContaining({ kind: 'note', text: expect.stringContaining('bfloat16 (it is faster)') }))

  expect(await runs.work(id, { startEngine, wish: { precision: 'auto' } })).toBe('finished')
  expect(wishes.map(({ precision }) => precision)).toEqual(['auto', 'bfloat16'])
  const trainings = ['SFT', 'M1', 'M2', 'M3'].map((name) => store.trainings.find(id, name)?.config)
  expect(trainings.map((config) => config?.precision)).toEqual(['bfloat16', 'bfloat16', 'bfloat16', 'bfloat16'])
})

it('a precision requested on resume is used', async () => {
  const runs = runsApi({ home, store })
  const id = createTinyRun(store, home, { precision: 'auto' })
  await workBriefly(runs, id)
  await workBriefly(runs, id, { precision: 'float32' })
  expect(wishes.map(({ precision }) => precision)).toEqual(['auto', 'float32'])
})
