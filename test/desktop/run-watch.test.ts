import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { asyncQueue } from '../../main/common/async-queue.ts'
import { watchRuns } from '../../main/desktop/run-watch.ts'
import type { FollowedEvent } from '../../main/shared/contract/events-contract.ts'
import { noticeOf } from '../../main/shared/run-notices.ts'

const event = (of: FollowedEvent['event'], id: number | null = 1): FollowedEvent => ({ id, runId: 'abc', at: '', event: of })
const status = (name: 'finished' | 'failed' | 'waiting-for-review' | 'running' | 'paused', error: string | null = null): FollowedEvent =>
  event({ kind: 'status', status: name, error: error === null ? null : { code: 'INTERNAL', message: error, remedy: '' } })
const progress = (done: number, total: number): FollowedEvent =>
  event({ kind: 'progress', iteration: 1, stage: 'candidates', what: '', done, total, perSecond: null, secondsLeft: null }, null)

describe('a user whose window isn’t focused is notified of', () => {
  const notice = (followed: FollowedEvent) => noticeOf(followed, () => 'my run')
  test('a finished run', () => expect(notice(status('finished'))).toEqual({ title: 'Run finished', body: 'my run', path: '/runs/abc' }))
  test('a run that waits for review', () => expect(notice(status('waiting-for-review'))).toMatchObject({ body: 'my run', path: '/review' }))
  test('a failed run, with the first line of its error', () =>
    expect(notice(status('failed', 'out of memory\nstack'))).toMatchObject({ title: 'Run failed', body: 'my run\nout of memory' }))
  test('a run that stopped on a warning', () => {
    const stop = event({ kind: 'guard-stop', iteration: 1, stage: 'pairs', codes: ['saturated'], text: 'Too many fives.' })
    expect(notice(stop)).toEqual({ title: 'Run stopped on a warning', body: 'my run\nToo many fives.', path: '/runs/abc' })
  })
  test('nothing else', () =>
    expect([status('running'), status('paused'), progress(1, 2)].map(notice)).toEqual([undefined, undefined, undefined]))
})

describe('the taskbar and the sleep blocker', () => {
  let active: string[]
  let done: unknown[]
  let events: ReturnType<typeof asyncQueue<FollowedEvent>>
  let watched: Promise<void>
  beforeEach(() => {
    vi.useFakeTimers()
    active = []
    done = []
    events = asyncQueue<FollowedEvent>()
    const application = { live: { follow: () => events }, queue: { active: () => active }, runs: { show: () => ({ name: 'my run' }) } }
    watched = watchRuns(
      application as unknown as Parameters<typeof watchRuns>[0],
      {
        progress: (share) => done.push(['progress', share]),
        notify: ({ title }) => done.push(title),
        working: (isWorking) => done.push(['working', isWorking]),
        changed: () => {},
      },
      new AbortController().signal,
    )
  })
  afterEach(() => vi.useRealTimers())
  const tell = async (...told: FollowedEvent[]): Promise<void> => {
    events.push(told)
    await vi.advanceTimersByTimeAsync(0)
  }

  test('follow a run from its start to its end', async () => {
    active = ['abc']
    await tell(status('running'), progress(1, 4))
    active = []
    await vi.advanceTimersByTimeAsync(1000)
    await tell(status('finished'))
    expect(done).toEqual([['working', true], ['progress', 0.25], ['working', false], ['progress', null], 'Run finished'])
  })

  test('show no progress of a run in another process', async () => {
    await tell(progress(1, 4))
    expect(done).toEqual([])
  })

  test('let the machine sleep when watching ends', async () => {
    active = ['abc']
    await vi.advanceTimersByTimeAsync(1000)
    events.end()
    await watched
    expect(done).toEqual([
      ['working', true],
      ['working', false],
    ])
  })
})
