import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FollowedEvent } from '../../../main/shared/contract/events-contract.ts'
import { type EventSource, followEvents, paced } from '../../../renderer/api/follow.ts'

const event = (id: number | null): FollowedEvent => ({
  ...{ id, runId: 'r-1', at: '2026-01-01T00:00:00Z' },
  event: { kind: 'status', status: 'running', error: null },
})

/** A fake application with an event history and connections that break on demand. */
function application(history: number[]) {
  const connections: { after: number | null }[] = []
  let breakNow: () => void = () => {}
  const source: EventSource = {
    position: async () => history.at(-1) ?? 0,
    async follow({ after }, { signal }) {
      connections.push({ after })
      return (async function* () {
        let last = after ?? 0
        while (!signal.aborted) {
          for (const id of history.filter((known) => known > last)) {
            last = id
            yield event(id)
          }
          const isBroken = await new Promise<boolean>((resolve) => {
            breakNow = () => resolve(true)
            setTimeout(() => resolve(false), 1)
          })
          if (isBroken) throw new Error('the connection broke')
        }
      })()
    },
  }
  return { source, connections, history, breakConnection: () => breakNow() }
}

describe('following events', () => {
  const abort = { now: () => {} }
  afterEach(() => abort.now())

  function follow(source: EventSource) {
    const controller = new AbortController()
    abort.now = () => controller.abort()
    const seen: (number | null)[] = []
    let connected = 0
    const onConnected = (): void => void connected++
    const done = followEvents(source, null, { onConnected, onEvent: ({ id }) => seen.push(id) }, controller.signal, 1)
    return { seen, connected: () => connected, done }
  }

  it('starts after the existing events, and reports when fetched data is recent enough', async () => {
    const { source, history, connections } = application([1, 2])
    const { seen, connected } = follow(source)
    await vi.waitUntil(() => connected() === 1)
    history.push(3)
    await vi.waitUntil(() => seen.length === 1)
    expect(seen).toEqual([3])
    expect(connections[0]).toEqual({ after: 2 })
  })

  it('loses no event when the connection breaks before the first one', async () => {
    const { source, history, breakConnection, connections } = application([1])
    const { seen, connected } = follow(source)
    await vi.waitUntil(() => connected() === 1)
    await vi.waitUntil(() => {
      breakConnection()
      return connections.length > 1
    })
    history.push(2, 3)
    await vi.waitUntil(() => seen.length === 2)
    expect(seen).toEqual([2, 3])
    expect(connected()).toBeGreaterThan(1)
  })

  it('loses no event while the connection is down, and delivers none twice', async () => {
    const app = application([5])
    let isDown = false
    const source: EventSource = { ...app.source, position: () => (isDown ? Promise.reject(new Error('down')) : app.source.position()) }
    const { seen, connected } = follow(source)
    await vi.waitUntil(() => connected() === 1)
    app.history.push(6)
    await vi.waitUntil(() => seen.length === 1)
    isDown = true
    await vi.waitUntil(() => {
      app.breakConnection()
      return app.connections.length === 1
    })
    app.history.push(7, 8)
    isDown = false
    await vi.waitUntil(() => seen.length >= 3)
    expect(seen).toEqual([6, 7, 8])
  })

  it('ends when the signal aborts', async () => {
    const { source } = application([1])
    const { connected, done } = follow(source)
    await vi.waitUntil(() => connected() === 1)
    abort.now()
    await done
  })
})

describe('throttled work', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('runs immediately, then at most once per interval, and the last request always runs', () => {
    const work = vi.fn()
    const { ask } = paced(work, 250)
    for (let i = 0; i < 100; i++) ask()
    expect(work).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(250)
    expect(work).toHaveBeenCalledTimes(2) // the other 99
    vi.advanceTimersByTime(10_000)
    expect(work).toHaveBeenCalledTimes(2)
    ask()
    expect(work).toHaveBeenCalledTimes(3)
  })

  it('stops when it is ended', () => {
    const work = vi.fn()
    const { ask, end } = paced(work, 250)
    ask()
    ask()
    end()
    vi.advanceTimersByTime(1000)
    expect(work).toHaveBeenCalledTimes(1)
  })
})
