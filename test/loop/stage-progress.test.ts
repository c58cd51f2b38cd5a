import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Stage } from '../../main/loop/run-context.ts'
import { progressOf } from '../../main/loop/stage-report.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** The progress told after each step: seconds that pass, then units that arrive. */
function told(total: number, done: number, steps: readonly [seconds: number, units: number][]): (string | null)[] {
  const events: RunEvent[] = []
  const stage = { tell: (event: RunEvent) => void events.push(event), iteration: 1, stage: 'judgements' } as unknown as Stage
  const progress = progressOf(stage, 'judgements', total, done)
  return steps.map(([seconds, units]) => {
    vi.advanceTimersByTime(1000 * seconds)
    progress.add(units)
    const last = events.at(-1)
    if (last?.kind !== 'progress') return null
    return last.perSecond === null ? `${last.done}` : `${last.done} at ${last.perSecond}/s, ${last.secondsLeft} s left`
  })
}

test('the time until the first units arrive, while a model is loaded, says nothing of the rate', () => {
  const steps: [number, number][] = [
    [20, 1],
    [1, 3],
    [1, 4],
    [2, 8],
  ]
  expect(told(100, 0, steps)).toEqual(['1', '4', '8 at 3.5/s, 26.285714285714285 s left', '16 at 3.75/s, 22.4 s left'])
})

test('units of earlier attempts are done, but aren’t part of the rate', () => {
  const steps: [number, number][] = [
    [5, 2],
    [2, 8],
  ]
  expect(told(100, 50, steps)).toEqual(['52', '60 at 4/s, 10 s left'])
})
