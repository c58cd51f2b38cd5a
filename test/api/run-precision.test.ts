import { afterEach, beforeEach, expect, it } from 'vitest'
import { type EngineWish, runsApi } from '../../main/api/runs.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { Precision } from '../../main/engine/train-config.ts'
import type { RunEvent } from '../../main/loop/events.ts'
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

/** An engine on a machine that was measured to be faster in bfloat16. */
async function startEngine(wish: EngineWish): Promise<Engine> {
  wishes.push(wish)
  const engine = standInEngine()
  const precision: Precision = wish.precision === undefined || wish.precision === 'auto' ? 'bfloat16' : wish.precision
  return { ...engine, info: async () => ({ ...(await engine.info()), backend: 'tensorflow', precision, precisionReason: 'it is faster' }) }
}

it('left to the machine, a run records the precision it took and why, trains in it, and keeps it when it is resumed', async () => {
  const runs = runsApi({ home, store })
  const id = createTinyRun(store, home, { precision: 'auto' })
  const stop = AbortSignal.abort()
  expect(await runs.work(id, { startEngine, signal: stop })).toBe('stopped')
  expect(store.runs.resolve(id).engine).toMatchObject({ precision: 'bfloat16' })
  const notes = store.events.after(id, 0).map(({ event }) => event as RunEvent)
  expect(notes).toContainEqual(expect.objectContaining({ kind: 'note', text: expect.stringContaining('bfloat16 (it is faster)') }))

  expect(await runs.work(id, { startEngine, wish: { precision: 'auto' } })).toBe('finished')
  expect(wishes.map(({ precision }) => precision)).toEqual(['auto', 'bfloat16'])
  const trainings = ['SFT', 'M1', 'M2', 'M3'].map((name) => store.trainings.find(id, name)?.config)
  expect(trainings.map((config) => config?.precision)).toEqual(['bfloat16', 'bfloat16', 'bfloat16', 'bfloat16'])
})

it('a precision that is asked for when a run is resumed is taken', async () => {
  const runs = runsApi({ home, store })
  const id = createTinyRun(store, home, { precision: 'auto' })
  await runs.work(id, { startEngine, signal: AbortSignal.abort() })
  await runs.work(id, { startEngine, wish: { precision: 'float32' }, signal: AbortSignal.abort() })
  expect(wishes.map(({ precision }) => precision)).toEqual(['auto', 'float32'])
})
