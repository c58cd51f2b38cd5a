import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { liveEvents } from '../../main/app/runs/live-events.ts'
import { changesOf } from '../../main/app/store-changes.ts'
import { homePaths } from '../../main/common/home.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
})
afterEach(() => {
  vi.restoreAllMocks()
  store.close()
  remove()
})

const note = (text: string) => ({ kind: 'note', iteration: 0, stage: 'seed-data', text })

test('forty idle followers share one poll, and none reads events', async () => {
  const run = createTinyRun(store, home)
  const live = liveEvents(store)
  const news = vi.spyOn(store.events, 'news')
  const stop = new AbortController()
  const heard: string[] = []
  const followers = Array.from({ length: 40 }, async () => {
    for await (const { event } of live.follow(run, null, stop.signal)) if (event.kind === 'note') heard.push(event.text)
  })
  await vi.waitFor(() => expect(news).toHaveBeenCalledTimes(40)) // the first poll of each
  const versions = vi.spyOn(store.maintenance, 'version')
  await vi.waitFor(() => expect(versions.mock.calls.length).toBeGreaterThanOrEqual(3), { timeout: 60_000 })
  expect(news.mock.calls.length).toBeLessThanOrEqual(80) // the first version seen counts as a change
  const before = news.mock.calls.length
  const other = openStore(homePaths(home).database) // as in another process
  other.events.add(run, note('from elsewhere'))
  other.close()
  await vi.waitFor(() => expect(heard.length).toBe(40), { timeout: 60_000 })
  expect(news.mock.calls.length).toBeLessThanOrEqual(before + 120)
  stop.abort()
  await Promise.all(followers)
})

test('a write during a read is not missed', async () => {
  const changes = changesOf(store)
  const count = changes.count()
  const waiting = changes.after(count)
  createTinyRun(store, home)
  await waiting
  await changes.after(count) // has resolved already
  expect(changes.count()).toBeGreaterThan(count)
})
