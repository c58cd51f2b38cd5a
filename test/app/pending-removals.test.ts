import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type PendingRemovals, pendingRemovals } from '../../main/app/runs/pending-removals.ts'
import { removeRun } from '../../main/app/runs/remove-run.ts'
import type { Store } from '../../main/store/store.ts'
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

const removals = (delayMs: number): PendingRemovals =>
  pendingRemovals({
    ...{ store, home, delayMs },
    remove: (id) => removeRun(store, home, store.runs.resolve(id)),
    log: (_, text) => logged.push(text),
  })
const isThere = (id: string): boolean => store.runs.find(id) !== undefined

it('a removal is carried out after a while', async () => {
  const pending = removals(1)
  const id = createTinyRun(store, home)
  pending.schedule(id)
  expect(pending.isPending(id)).toBe(true)
  await vi.waitUntil(() => !isThere(id), { interval: 2, timeout: 60_000 })
  expect(pending.undo(id)).toBe(false)
})

it('an undone removal leaves the run as it was, and it can start', async () => {
  const pending = removals(60_000)
  const id = createTinyRun(store, home)
  pending.schedule(id)
  await expect(workWithStandIn(store, home, id)).rejects.toMatchObject({ code: 'BUSY' })
  expect(pending.undo(id)).toBe(true)
  await pending.close()
  expect(await workWithStandIn(store, home, id)).toBe('finished')
})

it('closing the application carries out what is pending, a run before the one that it starts from', async () => {
  const pending = removals(60_000)
  const first = createTinyRun(store, home)
  await workWithStandIn(store, home, first)
  const second = createTinyRun(store, home, { base_model: store.models.find(first, 'M3')!.path })
  expect(() => pending.schedule(first)).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
  pending.schedule(second)
  pending.schedule(first)
  await pending.close()
  expect([first, second].filter(isThere)).toEqual([])
  expect(logged).toEqual([])
})
